import { HubError } from '#kernel';

/** A list of a service; an empty one where the reader's roles do not reach it. Other errors are thrown. */
export async function reachedOnly<T>(call: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof HubError && error.code === 'HUB_FORBIDDEN') return [];
    throw error;
  }
}
