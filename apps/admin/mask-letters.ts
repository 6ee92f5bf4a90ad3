import { MASK, maskRecord, type RequestAccess } from '#auth';
import type { LetterChange, LetterDetail } from '#contracts';
import { entityOfMessage } from './mask-messages.js';

/** Of which topic a letter's message is, and who looks. */
export interface LetterReader {
  readonly topic: string;
  readonly topicPrefix: string;
  readonly access: Pick<RequestAccess, 'has'>;
}

/** A letter as the reader may see it: see {@link maskMessages}. Pure. */
export function maskLetter(detail: LetterDetail, { access, ...place }: LetterReader): LetterDetail {
  if (access.has('personal:read')) return detail;
  return { ...detail, value: maskRecord(detail.value, entityOfMessage(detail.type, place)) };
}

/** What an edit changes, without the values of personal fields. Pure. */
export function maskChanges(changes: readonly LetterChange[], { access, ...place }: LetterReader): LetterChange[] {
  const entity = entityOfMessage(null, place);
  const isMasked = ({ path }: LetterChange): boolean => {
    const [field = ''] = path.split(/[./[]/).filter((part) => part !== '' && part !== 'fields');
    return (maskRecord({ [field]: '' }, entity) as Readonly<Record<string, unknown>>)[field] === MASK;
  };
  if (access.has('personal:read')) return [...changes];
  return changes.map((change) => (isMasked(change) ? { ...change, from: MASK, to: MASK } : change));
}
