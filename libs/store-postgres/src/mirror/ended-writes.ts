import { HubError } from '#kernel';
import type { EndedWrite, RowChange } from '#mirror';

const FORM = /^(\d+) (create|update|delete) (applied|rejected|overtaken) (\d+) (\d+)$/;

/** How the write of a row ended, without its time, as `save-update.sql` takes it; null where none ended. */
export function toEndedText({ before, row }: Pick<RowChange, 'before' | 'row'>): string | null {
  const intent = before?.intent;
  if (!before || !intent || row.intent) return null;
  const outcome = row.writtenVersion !== null ? 'applied' : row.attempts > before.attempts ? 'rejected' : 'overtaken';
  return `${intent.goldenVersion} ${intent.operation} ${outcome} ${Math.round(intent.openedAtMs)}`;
}

/** Reads what `save-update.sql` kept. @throws HubError HUB_INVARIANT_BROKEN */
export function parseEndedWrite(text: string): EndedWrite {
  const [, version = '', operation, outcome, openedAt, endedAt] = FORM.exec(text) ?? [];
  if (version === '') throw new HubError('HUB_INVARIANT_BROKEN', 'An ended write is kept in another form.', { text });
  return {
    goldenVersion: BigInt(version),
    operation: operation as EndedWrite['operation'],
    outcome: outcome as EndedWrite['outcome'],
    ...{ openedAtMs: Number(openedAt), endedAtMs: Number(endedAt) },
  };
}
