import type { Entity } from '#contracts';
import type { GoldenMergerOptions } from './golden-merger.options.js';
import { toMessages } from './golden-messages.js';
import type { GoldenTransaction } from './ports.js';
import type { RecordBook } from './record-book.js';

/** Stores what a book holds, with the events that tell of it, in the transaction. */
export async function storeBook(
  { topics, encoder, metrics }: Pick<GoldenMergerOptions, 'topics' | 'encoder' | 'metrics'>,
  tx: GoldenTransaction,
  entity: Entity,
  book: RecordBook,
): Promise<void> {
  const { changes, publications } = book.close();
  await tx.saveRecords(entity, changes);
  await tx.outbox.append(toMessages(publications, topics, encoder));
  const count = (kind: string): number => publications.filter((one) => one.kind === kind).length;
  metrics.count('plumbline_golden_versions_total', count('version'), { entity });
  metrics.count('plumbline_golden_answers_total', count('answer'), { entity });
}
