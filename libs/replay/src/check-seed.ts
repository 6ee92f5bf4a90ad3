import type { Entity } from '#contracts';
import type {
  CheckableTarget,
  CheckSession,
  SeedComparison,
  SeedPage,
  TopicPages,
  UnreadableMessage,
} from './ports.js';
import { readUntil } from './read-until.js';
import { seedRowDigest } from './seed-row.js';
import { foldMessages, type PageEffect } from './take-page.js';

/** What to compare. */
export interface CheckSeedOptions {
  readonly entity: Entity;
  readonly pages: TopicPages;
  readonly target: CheckableTarget;
  /** How many keys to name. */
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (messages: number) => void;
}

/** Outcome of a check. */
export interface SeedCheck extends SeedComparison {
  readonly isEqual: boolean;
  readonly positions: ReadonlyMap<number, bigint>;
  /** Messages of the topic that are no golden events of this entity. */
  readonly unreadable: readonly UnreadableMessage[];
}

/** Whether a target may be certified: a message that can't be read may be what it lacks. */
export function isProven({ isEqual, unreadable }: Pick<SeedCheck, 'isEqual' | 'unreadable'>): boolean {
  return isEqual && unreadable.length === 0;
}

/**
 * Compares a seeded store with its topic as of the store's own positions. The topic is read to its end: a key that moved
 * beyond the position may have lost the very message that the store holds to compaction, so it is judged only when equal.
 * @throws HubError HUB_SEED_TARGET_INVALID, HUB_BROKER_*, HUB_DATABASE_*, HUB_REGISTRY_*, HUB_TOPIC_MISSING
 */
export function checkSeed(options: CheckSeedOptions): Promise<SeedCheck> {
  return options.target.withSnapshot(async (session) => {
    const unreadable = await readTopic(options, session);
    const comparison = await session.compare(options.limit);
    const { missing, extra, different } = comparison.counts;
    const isEqual = missing + extra + different === 0;
    return { ...comparison, isEqual, positions: session.positions, unreadable };
  });
}

async function readTopic(options: CheckSeedOptions, session: CheckSession): Promise<UnreadableMessage[]> {
  const { entity, pages, signal, onProgress } = options;
  const unreadable: UnreadableMessage[] = [];
  let messages = 0;
  const onPage = async (page: SeedPage): Promise<void> => {
    await compareInto(session, entity, page);
    unreadable.push(...page.unreadable);
    onProgress?.((messages += page.messages.length));
  };
  for await (const page of pages.given?.() ?? [])
    await addRows(session, entity, page, { rows: page.given ?? [], erased: [] });
  await readUntil(pages, await pages.offsets(), onPage, signal);
  return unreadable;
}

async function compareInto(session: CheckSession, entity: Entity, page: SeedPage): Promise<void> {
  const position = session.positions.get(page.partition) ?? 0n;
  const { erased, rows } = foldMessages(page.messages.filter(({ offset }) => offset < position));
  await addRows(session, entity, page, { rows, erased });
  const moved = page.messages.filter(({ offset }) => offset >= position);
  if (moved.length > 0) await session.addMoved([...new Set(moved.map(({ key }) => key))]);
}

type Changes = Omit<PageEffect, 'position'>;

async function addRows(
  session: CheckSession,
  entity: Entity,
  { partition }: SeedPage,
  { rows, erased }: Changes,
): Promise<void> {
  const records = rows.map((row) => ({
    ...{ key: row.key, partition, sequence: row.sequence, isLive: row.status === 'live' },
    digest: seedRowDigest(entity, row),
  }));
  if (erased.length + records.length > 0) await session.addSource(erased, records);
}
