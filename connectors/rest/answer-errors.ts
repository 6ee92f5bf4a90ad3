import { HubError } from '#kernel';
import type { OutboundAnswer } from '#outbound-http';
import type { Redactor } from './redact.js';

/**
 * The error that an answer stands for whatever was asked; null for 2xx, and for refusals that only the caller can judge
 * (400, 404, 409, 410, 412, 422 …). A path is named without its query, which may carry a key.
 */
export function refusalOf(
  { status, text }: OutboundAnswer,
  { method, path }: { readonly method: string; readonly path: string },
  redactor: Redactor,
): HubError | null {
  const what = `${method} ${redactor.clean(path.replace(/\?.*$/s, ''))}`;
  const details = { status, sent: true };
  if (status === 401)
    return new HubError(
      'HUB_SOURCE_UNAUTHORISED',
      `${what} is answered 401, the credentials are refused: correct them under auth.`,
      details,
    );
  if (status === 403 || status === 402 || status === 451)
    return new HubError(
      'HUB_SOURCE_UNAUTHORISED',
      `${what} is answered ${status}, the credentials are known but may not do this: give this account the right.`,
      details,
    );
  if (status === 429)
    return new HubError(
      'HUB_SOURCE_ERROR',
      `${what} is answered 429, too many requests: the hub waits and asks again.`,
      {
        ...details,
        sent: false,
      },
    );
  if (status === 408 || status >= 500)
    return new HubError('HUB_SOURCE_ERROR', says(what, status, text, redactor), details);
  return null;
}

/** The vendor's own words for a refusal, cut and without secrets. */
export function says(what: string, status: number, text: string, redactor: Redactor): string {
  const words = redactor.clean(text).replace(/\s+/g, ' ').trim().slice(0, 300);
  return `${what} is answered ${status}${words === '' ? '' : `: ${words}`}`;
}
