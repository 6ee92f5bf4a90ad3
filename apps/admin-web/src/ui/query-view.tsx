import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { ApiError, get } from '../api/client.js';
import { useSession } from '../api/session.js';
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
  const { code, hint, status } = error instanceof ApiError ? error : { code: '', hint: '', status: 0 };
  if (status === 403) return <ForbiddenNotice error={error} />;
  if (code === 'HUB_SECOND_PERSON_NEEDED') return <SecondPersonNotice error={error} hint={hint} />;
  return (
    <Notice tone="danger">
      <strong>{error.message}</strong>
      {hint && <p>{hint}</p>}
      {code && <p className="muted mono">{code}</p>}
    </Notice>
  );
}

/** What the person's roles do not open. */
function ForbiddenNotice({ error }: { readonly error: Error }): ReactElement {
  const { session } = useSession();
  return (
    <Notice tone="warn">
      <strong>This is not open to you.</strong>
      <p>{error.message}</p>
      <p>
        You are {session?.name}, with the roles: {session?.roles.join(', ') ?? 'none'}. Ask whoever runs the hub for a
        role that has it.
      </p>
    </Notice>
  );
}

/** The first person's wish is kept: no error of theirs. */
function SecondPersonNotice({ error, hint }: { readonly error: Error; readonly hint: string }): ReactElement {
  return (
    <Notice tone="accent">
      <strong>{error.message}</strong>
      <p>{hint}</p>
      <Link to="/approvals">What waits for a second person</Link>
    </Notice>
  );
}
