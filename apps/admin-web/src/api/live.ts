import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { HubOverview } from '#contracts';
import { get } from './client.js';

const KEY = ['overview'];

/** The state of the whole hub; kept live by {@link useLive}. */
export function useOverview(): { readonly overview: HubOverview | undefined; readonly error: Error | null } {
  const { data, error } = useQuery({
    queryKey: KEY,
    queryFn: () => get<HubOverview>('/api/overview'),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return { overview: data, error: data ? null : error };
}

/** Takes what the server sends while the page is open. @returns whether it is connected */
export function useLive(): boolean {
  const client = useQueryClient();
  const [isLive, setLive] = useState(false);
  useEffect(() => {
    const source = new EventSource('/api/live');
    source.onopen = () => setLive(true);
    source.onerror = () => setLive(false); // the browser connects again by itself
    source.onmessage = ({ data }: MessageEvent<string>) => client.setQueryData(KEY, JSON.parse(data) as HubOverview);
    return () => source.close();
  }, [client]);
  return isLive;
}
