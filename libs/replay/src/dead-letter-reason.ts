import { createHash } from 'node:crypto';
import { ERROR_CODES, type ErrorCode } from '#kernel';

/** Whether trying again can help: `transient` it can, `permanent` only an edit helps, `unknown` nobody knows. */
export type DeadLetterKind = 'transient' | 'permanent' | 'unknown';

const QUOTED = /(^|[\s([=:,])(?:"[^"]*"|'[^']*'|`[^`]*`|„[^“]*“|“[^”]*”|«[^»]*»)(?=$|[\s)\]=:,.;!?])/g;
/** Numbers, ids, versions, times: whatever has a digit in it. */
const WITH_DIGIT = /[\p{L}\p{N}_+-]*\p{N}[\p{L}\p{N}_.:+-]*/gu;
const MAX_CHARACTERS = 200;

/** A reason without what differs from letter to letter, so that letters of one cause have one reason; pure. */
export function normaliseReason(reason: string): string {
  const bare = reason
    .replace(QUOTED, '$1…')
    .replace(WITH_DIGIT, (found) => (/[.:]$/.test(found) ? `#${found.slice(-1)}` : '#'))
    .replace(/#(?:\s*[,/]\s*#)+/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
  return bare.slice(0, MAX_CHARACTERS);
}

/** Judges by the code's disposition; a code that is not ours is unknown. */
export function kindOfCode(code: string): DeadLetterKind {
  if (!Object.hasOwn(ERROR_CODES, code)) return 'unknown';
  // the registry may have been behind, or may have forgotten for good
  if (code === 'HUB_SCHEMA_UNKNOWN') return 'unknown';
  const [disposition] = ERROR_CODES[code as ErrorCode];
  switch (disposition) {
    case 'retry':
    case 'reload':
      return 'transient';
    case 'park':
      return 'permanent';
    case 'stop':
    case 'crash':
      return 'unknown';
  }
}

/** What letters of one cause have in common, as a short id. */
export function groupIdOf(letter: {
  readonly consumer: string;
  readonly code: string;
  readonly reason: string;
}): string {
  const { consumer, code, reason } = letter;
  const text = [consumer, code, normaliseReason(reason)].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
