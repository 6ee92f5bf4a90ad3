import { RELEASE_HEADER, REPLAY_HEADERS, RETRY_HEADER } from '#replay';
import type { RawMessage } from './messages.js';

/** What somebody decided about a dead letter, as it comes through the lane of its consumer. */
export interface LetterDecision {
  /** `retry`: the message once more; `release`: it is given up, and there is no message. */
  readonly kind: 'retry' | 'release';
  /** The topic of which the key is held. */
  readonly topic: string;
}

/** The decision that a message of a lane brings; null for a message that is only replayed. */
export function findDecision({ headers }: RawMessage): LetterDecision | null {
  const topic = headers[REPLAY_HEADERS.topic];
  if (topic === undefined) return null;
  if (headers[RELEASE_HEADER] !== undefined) return { kind: 'release', topic };
  return headers[RETRY_HEADER] === undefined ? null : { kind: 'retry', topic };
}
