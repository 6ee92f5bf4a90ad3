import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import type { AdminSession, SignedOut } from '#contracts';
import { ApiError, get, post, rememberSession } from './client.js';

const KEY = ['session'];

/** Who is signed in; null when nobody is, undefined while that is not known. */
export function useSession(): { readonly session: AdminSession | null | undefined; readonly error: Error | null } {
  const { data, error } = useQuery({ queryKey: KEY, queryFn: findSession, staleTime: Number.POSITIVE_INFINITY });
  return { session: data, error };
}

/** @throws ApiError 401 when name and password do not belong together */
export async function signIn(client: QueryClient, name: string, password: string): Promise<void> {
  const session = await post<AdminSession>('/api/login', { name, password });
  rememberSession(session);
  client.setQueryData(KEY, session);
}

/** Signs out here; forgets everything that was shown. */
export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    const { next } = await post<SignedOut>('/api/logout');
    endSession(client);
    if (next !== null) window.location.assign(next); // the session at the provider ends there
  };
}

/** What an answer 401 means: the session has ended. */
export function endSession(client: QueryClient): void {
  rememberSession(null);
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] });
  client.setQueryData(KEY, null);
}

async function findSession(): Promise<AdminSession | null> {
  try {
    const session = await get<AdminSession>('/api/session');
    rememberSession(session);
    return session;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}
