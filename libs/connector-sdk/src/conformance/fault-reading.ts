import { expect } from '@jest/globals';
import type { Disposition, HubError } from '#kernel';
import type { Connector } from '../connector.js';
import type { ConformanceTarget } from './driver.js';
import { KnownRecords, readAll, scanAll, WHOLE } from './reading.js';
import { keyOf } from './shape.js';
import type { Given } from './with-system.js';

/** Answers of one call that are tried in turn; a call of more is tried at its first. */
const MAX_ANSWERS = 25;
const RECOVERY_MS = 60_000;
/** The time-out of a connector whose system will say nothing: enough for a busy machine, and no long wait. */
export const HURRY_MS = 5_000;

/** One call that reads, and what of its answer must be the same each time. */
export interface Reading {
  readonly name: 'scan' | 'changes' | 'fetch by key' | 'fetch by id' | 'digest';
  readonly read: (connector: Connector) => Promise<unknown>;
}

/** Records that stay, that changed, that are new and that went away; and every way to read them. */
export async function prepareReadings(target: ConformanceTarget, given: Given): Promise<readonly Reading[]> {
  const { entity, capabilities } = target;
  const { connector, driver, records } = given;
  await driver.put(records.many(5));
  const cursor =
    capabilities.changes === 'scan' ? null : ((await readAll(connector, entity, new KnownRecords())).at(-1) ?? null);
  await driver.put([records.withText(keyOf(1), 'changed'), records.plain('N')]);
  await driver.remove([keyOf(2)]);
  if (cursor !== null) await untilTold(connector, target, cursor);
  const ids = (await scanAll(connector, entity)).map(({ externalId }) => externalId);
  const keys = [keyOf(0), keyOf(2), 'N'] as never[];
  const readings: Reading[] = [
    { name: 'scan', read: (on) => on.scan(entity, WHOLE, null, 100) },
    { name: 'fetch by key', read: (on) => on.fetch(entity, { by: 'key', keys }) },
    { name: 'fetch by id', read: (on) => on.fetch(entity, { by: 'externalId', ids }) },
  ];
  const news = async (on: Connector): Promise<unknown> => {
    const { records: found, rejected } = await on.changes(entity, cursor, 100);
    return { found, rejected };
  };
  if (cursor !== null) readings.push({ name: 'changes', read: news });
  if (capabilities.digest) readings.push({ name: 'digest', read: async (on) => on.digest?.(entity, [WHOLE]) });
  return readings;
}

/** A change that another transaction of the system holds back is told later: what is read from here on must not grow. */
async function untilTold(
  connector: Connector,
  { entity, capabilities }: ConformanceTarget,
  cursor: string,
): Promise<void> {
  const endsAtMs = Date.now() + RECOVERY_MS;
  for (;;) {
    const known = new KnownRecords();
    await readAll(connector, entity, known, { cursor });
    const statuses = [...known.records.values()].map(({ status }) => status);
    const isTold = known.byKey().has('N') && known.byKey().has(keyOf(1));
    if (isTold && (!capabilities.deleteEvents || statuses.includes('deleted'))) return;
    if (Date.now() > endsAtMs) throw new Error(`of three changes these were told: ${statuses.join(', ') || 'none'}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What became of a call under a fault. */
export type Settled<T> = { readonly value: T } | { readonly error: HubError };

export async function settle<T>(work: Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await work };
  } catch (error) {
    // An error that a connector did not classify is no HubError, which is a failure of its own.
    if (error instanceof Error && error.name === 'HubError') return { error: error as HubError };
    throw error;
  }
}

/** A reading is whole, or it is an error of one of these dispositions: nothing in between, and above all no empty page. */
export function expectWholeOr(settled: Settled<unknown>, whole: unknown, dispositions: readonly Disposition[]): void {
  if ('value' in settled) expect(settled.value).toEqual(whole);
  else expect(dispositions).toContain(settled.error.disposition);
}

/** Tries a call again until it is answered: connections that broke may be noticed by their next use. */
export async function untilAnswered<T>(call: () => Promise<T>): Promise<T> {
  const endsAtMs = Date.now() + RECOVERY_MS;
  for (;;) {
    const settled = await settle(call());
    if ('value' in settled) return settled.value;
    if (settled.error.disposition !== 'retry' || Date.now() > endsAtMs) throw settled.error;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Hits the first, second, … answer of a call, until the call needs no such answer. @throws when none was ever hit */
export async function hitEach(hit: (n: number) => Promise<boolean>, most = MAX_ANSWERS): Promise<void> {
  for (let n = 1; n <= most; n += 1) {
    if (await hit(n)) continue;
    expect({ answersHit: n - 1 }).not.toEqual({ answersHit: 0 });
    return;
  }
}
