import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { get } from '../api/client.js';
import { Notice } from '../ui/parts.js';
import { Progress } from '../ui/progress.js';
import { counted } from '../ui/text.js';

const BUSY_MS = 500;
const QUIET_MS = 3_000;
const SENDING = '/api/dead-letters/sending';

/** How far letters are that are on their way once more; nothing while none is. */
export function SendingNotice(): ReactElement | null {
  const [most, setMost] = useState(0);
  const { data } = useQuery({
    queryKey: ['api', SENDING],
    queryFn: () => get<{ readonly letters: number }>(SENDING),
    refetchInterval: ({ state }) => ((state.data?.letters ?? 0) > 0 ? BUSY_MS : QUIET_MS),
  });
  const letters = data?.letters ?? 0;
  if (letters > most || (letters === 0 && most > 0)) setMost(letters);
  if (letters === 0) return null;
  return (
    <Notice tone="accent">
      {counted(letters, 'letter')} on the way to their consumers, also when this page is closed.
      <Progress label="Letters sent" value={Math.max(0, most - letters)} max={Math.max(most, letters)} />
    </Notice>
  );
}
