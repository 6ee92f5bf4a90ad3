import type { RevertItem, RevertSelection } from '#contracts';
import type { ContributionSketch } from './golden-builders.js';
import type { GoldenPlay } from './golden-play.js';
import type { RevertRow } from './revert-ports.js';

const ALL = { outcome: null, skippedOnly: false, after: '', limit: 1000 };

/** Which changes of the prices. */
export type Selected = Omit<RevertSelection, 'entity'>;

/** A dry run to its end. */
export async function plan(play: GoldenPlay, selection: Selected): Promise<RevertRow> {
  const id = await play.reverter.create({ entity: 'price', ...selection }, 'cli:ann');
  await play.revert();
  return (await play.fixture.store.findRevert(id)) as RevertRow;
}

/** `P-1 planned amount 9>10`, with what is skipped. */
export async function lines(play: GoldenPlay, id: string): Promise<string[]> {
  const items = await play.fixture.store.findRevertItems(id, ALL);
  return items.map(({ key, outcome, changes, skipped }) =>
    [key, outcome, ...changes.map(showChange), ...skipped.map(({ field, why }) => `${field}: ${why}`)].join(' '),
  );
}

function showChange({ field, now, before }: RevertItem['changes'][number]): string {
  return `${field} ${JSON.stringify(now)}>${JSON.stringify(before)}`;
}

/** A person approves it, and it is done. */
export async function apply(play: GoldenPlay, { id, digest }: RevertRow): Promise<void> {
  await play.reverter.approve(id, { digest: digest ?? '', actor: 'cli:ann', reason: 'bad file' });
  await play.revert();
}

/** A change of one price in the ERP. */
export const edit = (key: string, amount: string, sequence = 3n): ContributionSketch[] => [
  { key, sequence, at: Number(sequence), fields: { amount } },
];
