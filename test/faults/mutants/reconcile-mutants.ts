import type { ObservedRecord } from '#connector-sdk';
import type { MirrorEntry, MirrorTransaction } from '#mirror';
import type { Verdict } from '#reconciliation';
import { CONNECTOR, plantTransactions } from './host-mutants.js';
import { findClass, replaceMethod, type Planted } from './planting.js';

const SHOP = /^(?:connector-shop|all-in-one)$/;
const RECONCILER = /^(?:reconciler|all-in-one)$/;
const MIRROR = ['libs/store-postgres/src/mirror/postgres-round-mirror.js', 'PostgresRoundMirror'] as const;
const ROUNDS = ['libs/connector-host/src/rounds.js', 'Rounds'] as const;
const DRIVER = ['libs/reconciliation/src/round-driver.js', 'RoundDriver'] as const;
/** Shorter than the lag of the aid `slow-pages`, as any age is that somebody did not expect. */
const MIN_AGE_MS = 400;

type FindEntries = [unknown, unknown, unknown, string];

/** Replaces how a judge sees the mirror. */
async function plantLook(look: (entry: MirrorEntry, ticket: string) => MirrorEntry): Promise<void> {
  replaceMethod<object, FindEntries, Promise<MirrorEntry[]>>(
    await findClass(...MIRROR),
    'findEntries',
    (findEntries) =>
      async (self, ...args) =>
        (await findEntries(self, ...args)).map((entry) => look(entry, args[3])),
  );
}

function still(entry: MirrorEntry): MirrorEntry {
  return { ...entry, hasIntent: false, moved: false, leased: false };
}

/** What the first look saw counts, whatever happens to the row while the scan goes on. */
function rememberFirst(): (entry: MirrorEntry, ticket: string) => MirrorEntry {
  const seen = new Map<string, MirrorEntry>();
  return (entry, ticket) => {
    const name = `${ticket} ${entry.row.externalId}`;
    const first = seen.get(name) ?? still(entry);
    seen.set(name, first);
    return first;
  };
}

/** Store and mirror are compared once. */
async function singlePassJudge(): Promise<void> {
  await plantLook(rememberFirst());
}

/** Store and mirror are compared once, but for records that were changed a moment ago. */
async function minAgeJudge(): Promise<void> {
  const changedAt = new Map<string, number>();
  for (const method of ['scan', 'fetch'])
    replaceMethod<object, unknown[], Promise<{ readonly records: readonly ObservedRecord[] }>>(
      await findClass(...CONNECTOR),
      method,
      (read) =>
        async (self, ...args) => {
          const page = await read(self, ...args);
          for (const record of page.records) changedAt.set(record.externalId, Date.parse(record.changedAt ?? ''));
          return page;
        },
    );
  const first = rememberFirst();
  await plantLook((entry, ticket) => {
    const isYoung = Date.now() - (changedAt.get(entry.row.externalId ?? '') ?? 0) < MIN_AGE_MS;
    return { ...first(entry, ticket), moved: isYoung };
  });
}

/** The store is read first, and the mirror's position afterwards: as if nothing could happen between. */
async function storeFirstJudge(): Promise<void> {
  await plantLook((entry) => ({ ...entry, moved: false }));
}

/** A round over its limits goes on. */
async function guardOff(): Promise<void> {
  type Event = { readonly kind: string; readonly verdict?: Verdict };
  replaceMethod<object, unknown[], Promise<Event>>(
    await findClass(...DRIVER),
    'work',
    (work) =>
      async (self, ...args) => {
        const event = await work(self, ...args);
        return event.verdict?.verdict === 'hold' ? { ...event, verdict: { verdict: 'commit' } } : event;
      },
  );
}

/** Nobody counts how often a system undid the hub's write. */
async function neverPark(): Promise<void> {
  await plantTransactions((tx: MirrorTransaction) => ({
    save: (changes) => tx.save(changes.map((change) => ({ ...change, row: { ...change.row, undone: 0 } }))),
  }));
}

/** Reconcilers that break their promises; each is caught by a test of the property that it breaks. */
export const RECONCILE_MUTANTS = {
  'single-pass-judge': { services: SHOP, plant: singlePassJudge },
  'min-age-judge': { services: SHOP, plant: minAgeJudge },
  'store-first-judge': { services: SHOP, plant: storeFirstJudge },
  'guard-off': { services: RECONCILER, plant: guardOff },
  'never-park': { services: SHOP, plant: neverPark },
} as const satisfies Record<string, Planted>;

/** No bug: every job of a round is done twice, as a queue may ask it. */
async function jobsTwice(): Promise<void> {
  replaceMethod<object, unknown[], Promise<unknown>>(
    await findClass(...DRIVER),
    'runJob',
    (runJob) =>
      async (self, ...args) => {
        await runJob(self, ...args);
        return runJob(self, ...args);
      },
  );
}

/** No bug: the process dies when a method has done its work, before anybody hears of it. @param kind of event; any unless given */
function dieAfter(place: readonly [string, string], method: string, kind?: string): () => Promise<void> {
  type Done = { readonly kind?: string };
  return async () =>
    replaceMethod<object, unknown[], Promise<Done>>(
      await findClass(...place),
      method,
      (work) =>
        async (self, ...args) => {
          const done = await work(self, ...args);
          if (kind !== undefined && done.kind !== kind) return done;
          process.kill(process.pid, 'SIGKILL');
          return new Promise(() => undefined); // nothing happens after the end
        },
    );
}

/** Faults of the processes of a round; the whole hub must bear them. */
export const RECONCILE_AIDS = {
  'jobs-twice': { services: RECONCILER, plant: jobsTwice },
  'die-after-scan': { services: SHOP, plant: dieAfter(ROUNDS, 'scan') },
  'die-after-commit': { services: SHOP, plant: dieAfter(ROUNDS, 'commit') },
  'die-before-scanned': { services: RECONCILER, plant: dieAfter(DRIVER, 'work', 'scanned') },
  'die-before-committed': { services: RECONCILER, plant: dieAfter(DRIVER, 'work', 'committed') },
} as const satisfies Record<string, Planted>;
