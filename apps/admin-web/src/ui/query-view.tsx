import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { ApiError, get } from '../api/client.js';
import { Notice } from './parts.js';

interface QueryViewProps<T> {
  readonly path: string;
  readonly what: string;
  /** How often it is asked again; never by itself without it. */
  readonly everyMs?: (data: T | undefined) => number | false;
  readonly children: (data: T) => ReactElement;
}

/** Shows what the API answers; meanwhile that it is being read, and an error in words. */
export function QueryView<T>({ path, what, everyMs, children }: QueryViewProps<T>): ReactElement {
  const { data, error } = useQuery<T>({
    queryKey: ['api', path],
    queryFn: () => get<T>(path),
    ...(everyMs && { refetchInterval: (query) => everyMs(query.state.data) }),
  });
  if (data !== undefined) return children(data);
  if (error) return <ErrorNotice error={error} />;
  return (
    <p className="muted" role="status">
      Reading {what} …
    </p>
  );
}

/** An error with its code and what to do. */
export function ErrorNotice({ error }: { readonly error: Error }): ReactElement {
  const { code, hint } = error instanceof ApiError ? error : { code: '', hint: '' };
  return (
    <Notice tone="danger">
      <strong>{error.message}</strong>
      {hint && <p>{hint}</p>}
      {code && <p className="muted mono">{code}</p>}
    </Notice>
  );
}
