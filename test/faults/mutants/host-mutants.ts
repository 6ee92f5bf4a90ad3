import type { RecordWrite, WriteOutcome } from '#connector-sdk';
import type { LockedRow, MirrorRow, MirrorStore, MirrorTransaction, RowChange } from '#mirror';
import { sleep } from '../workload.js';
import { findClass, replaceMethod, type Planted } from './planting.js';

const SHOP = /^(?:connector-shop|all-in-one)$/;
/** All that a host asks of its system goes through it. */
export const CONNECTOR = ['libs/connector-host/src/switchable-connector.js', 'SwitchableConnector'] as const;

/** A repair is written whatever the record has become since it was read. */
async function blindRepair(): Promise<void> {
  replaceMethod<object, [unknown, readonly RecordWrite[]], Promise<readonly WriteOutcome[]>>(
    await findClass(...CONNECTOR),
    'apply',
    (apply) => (self, entity, writes) =>
      apply(
        self,
        entity,
        writes.map((write) => ({ ...write, expectedVersion: null })),
      ),
  );
}

/** Every transaction on the mirror gets some methods replaced. */
export async function plantTransactions(change: (tx: MirrorTransaction) => Partial<MirrorTransaction>): Promise<void> {
  const store = await findClass('libs/store-postgres/src/mirror/postgres-mirror-store.js', 'PostgresMirrorStore');
  type Work = (tx: MirrorTransaction) => Promise<unknown>;
  replaceMethod<MirrorStore, [Work], Promise<unknown>>(
    store,
    'transaction',
    (transaction) => (self, work) =>
      transaction(self, (tx) => work(Object.assign(Object.create(tx) as MirrorTransaction, change(tx)))),
  );
}

/** A page that was read before a row moved counts as if it had been read after. */
async function noReadTicket(): Promise<void> {
  await plantTransactions((tx) => ({
    lockRows: async (entity, selector, ticket, owner) => {
      const rows = await tx.lockRows(entity, selector, ticket, owner);
      const isPage = selector.ids === undefined;
      return isPage ? rows.map((row): LockedRow => ({ ...row, moved: false, leased: false })) : rows;
    },
  }));
}

/** Nothing is noted before a write. */
async function noIntent(): Promise<void> {
  const forget = (change: RowChange): RowChange => ({ ...change, row: { ...change.row, intent: null } });
  await plantTransactions((tx) => ({ save: (changes) => tx.save(changes.map(forget)) }));
}

/** The reader does not know the hub's own writes when it sees them. */
async function echo(): Promise<void> {
  const commit = await findClass('libs/connector-host/src/commit-readings.js', 'ReadingCommit');
  replaceMethod<object, unknown[], MirrorRow>(commit, 'rowOf', (rowOf) => (self, ...args) => ({
    ...rowOf(self, ...args),
    intent: null,
  }));
}

const SLOW_PAGE_MS = 700;

/** No bug: a system whose answers take long on their way, so that much happens between a read and its commit. */
async function slowPages(): Promise<void> {
  replaceMethod<object, unknown[], Promise<unknown>>(
    await findClass(...CONNECTOR),
    'changes',
    (changes) =>
      async (self, ...args) => {
        const page = await changes(self, ...args);
        await sleep(SLOW_PAGE_MS);
        return page;
      },
  );
}

/** Connectors that break their promises. */
export const HOST_MUTANTS = {
  'blind-repair': { services: SHOP, plant: blindRepair },
  'no-read-ticket': { services: SHOP, plant: noReadTicket },
  'no-intent': { services: SHOP, plant: noIntent },
  echo: { services: SHOP, plant: echo },
} as const satisfies Record<string, Planted>;

/** Faults that only the process itself can make; the whole hub must bear them. */
export const AIDS = {
  'slow-pages': { services: SHOP, plant: slowPages },
} as const satisfies Record<string, Planted>;
