import { HubError, type ErrorCode } from '#kernel';

/** A value, or the error that came instead: one service that is down hides no other. */
export type Answer<T> = { readonly value: T } | { readonly error: HubError };

/** Waits for a call that may find its service down. Errors of any other kind are thrown, but for those of the codes given. */
export async function answerOf<T>(call: Promise<T>, more: readonly ErrorCode[] = []): Promise<Answer<T>> {
  try {
    return { value: await call };
  } catch (error) {
    if (error instanceof HubError && ['HUB_SERVICE_UNREACHABLE', ...more].includes(error.code)) return { error };
    throw error;
  }
}
