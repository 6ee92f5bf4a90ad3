import { HubError, withArrayLiterals } from '#kernel';
import type { ChangePage, Contribution, GoldenStore, PageResult } from '#golden-record';
import type { SurvivorshipPolicy } from '#hub-file';
import type { Sql } from '#store-postgres';
import { sleep } from '../workload.js';
import { fieldOf, findClass, replaceMethod, type Planted } from './planting.js';

const [OFFSETS, MERGER, BOOK, DATABASE] = [
  ['libs/store-postgres/src/outbox/postgres-applied-offsets.js', 'PostgresAppliedOffsets'],
  ['libs/golden-record/src/golden-merger.js', 'GoldenMerger'],
  ['libs/golden-record/src/record-book.js', 'RecordBook'],
  ['libs/store-postgres/src/database.js', 'Database'],
] as const;

/**
 * Neither the applied offset nor the key's last sequence is looked at: what comes again is done again. The process dies
 * between the effect and Kafka's commit, so that the page comes again.
 */
async function noInbox(): Promise<void> {
  const offsets = await findClass(...OFFSETS);
  replaceMethod<object, [string, number], Promise<bigint>>(offsets, 'lock', () => async () => 0n);
  replaceMethod<object, [string, number], Promise<bigint | null>>(offsets, 'find', () => async () => null);
  replaceMethod<object, [], void>(await findClass(...MERGER), 'assertForward', () => () => undefined);
  replaceMethod<object, unknown[], Contribution | null>(await findClass(...BOOK), 'find', (find) => (self, ...args) => {
    const found = find(self, ...args);
    return found && { ...found, epoch: 0, sequence: -1n };
  });
  const dies = deathAtPage();
  replaceMethod<object, [ChangePage], Promise<PageResult>>(
    await findClass(...MERGER),
    'applyPage',
    (applyPage) => async (self, page) => {
      const result = await applyPage(self, page);
      dies(page);
      return result;
    },
  );
}

/**
 * Ends the process at the page that the strike names. It is one of the ERP: the shop would wait for ever for the answer to a
 * lost one of its own, and nothing come to rest.
 */
function deathAtPage(): (page: ChangePage) => void {
  const { PLUMBLINE_PLANTED_DEATH: deadly } = process.env;
  let pages = 0;
  return ({ system }) => {
    if (system === 'erp') pages += 1;
    if (String(pages) === deadly) process.kill(process.pid, 'SIGKILL');
  };
}

/** The offset is committed, then the process may die, then comes the effect. */
async function offsetBeforeEffect(): Promise<void> {
  const before = new Map<string, bigint>();
  replaceMethod<object, [string, number], Promise<bigint>>(
    await findClass(...OFFSETS),
    'lock',
    (lock) => async (self, topic, partition) => before.get(`${topic}/${partition}`) ?? lock(self, topic, partition),
  );
  const dies = deathAtPage();
  replaceMethod<{ options: { store: GoldenStore } }, [ChangePage], Promise<PageResult>>(
    await findClass(...MERGER),
    'applyPage',
    (applyPage) => async (self, page) => {
      const { topic, partition, nextOffset } = page;
      const place = `${topic}/${partition}`;
      before.delete(place);
      await self.options.store.transaction(async (tx) => {
        before.set(place, await tx.offsets.lock(topic, partition));
        await tx.offsets.advance({ topic, partition, nextOffset });
      });
      dies(page);
      return applyPage(self, page);
    },
  );
}

interface Runner {
  readonly isTransactionActive: boolean;
  startTransaction(): Promise<void>;
  commitTransaction(): Promise<void>;
  rollbackTransaction(): Promise<void>;
  release(): Promise<void>;
  query(text: string, values: readonly unknown[], structured: true): Promise<{ readonly records: unknown[] }>;
}

const CLIENT_TIMEOUT_MS = 300;

/** The client gives up a statement and uses its connection again, with the transaction that is open on it. */
async function reuseConnection(): Promise<void> {
  const kept: Runner[] = [];
  replaceMethod<object, [(sql: Sql) => Promise<unknown>], Promise<unknown>>(
    await findClass(...DATABASE),
    'transaction',
    () => async (self, work) => {
      const source = fieldOf<{ createQueryRunner(): Runner }>(self, 'dataSource');
      // The oldest first: one that nobody takes would keep its locks for ever.
      const runner = kept.shift() ?? source.createQueryRunner();
      try {
        if (!runner.isTransactionActive) await runner.startTransaction();
        const result = await work({
          query: async <Row>(text: string, values: readonly unknown[] = []) =>
            (await orTimeOut(runner.query(text, withArrayLiterals(values), true))).records as Row[],
        });
        await runner.commitTransaction();
        await runner.release();
        return result;
      } catch (cause) {
        if (cause instanceof TimeOut) kept.push(runner);
        else await giveBack(runner);
        if (cause instanceof HubError) throw cause;
        throw new HubError('HUB_DATABASE_UNREACHABLE', String(cause), {}, { cause });
      }
    },
  );
}

class TimeOut extends Error {}

async function giveBack(runner: Runner): Promise<void> {
  await runner.rollbackTransaction();
  await runner.release();
}

async function orTimeOut<T>(statement: Promise<T>): Promise<T> {
  statement.catch(() => undefined); // nobody waits for it after the time-out
  const late = sleep(CLIENT_TIMEOUT_MS).then(() => {
    throw new TimeOut('Query read timeout');
  });
  late.catch(() => undefined);
  return Promise.race([statement, late]);
}

interface Book {
  policy: SurvivorshipPolicy;
}

/** Whoever spoke last wins every field that he has a word on, whatever the policy says. */
async function lastArrival(): Promise<void> {
  replaceMethod<Book, [unknown, readonly Contribution[]], unknown>(
    await findClass(...BOOK),
    'decide',
    (decide) => (self, key, contributions) => {
      const last = contributions.at(-1);
      const { policy } = self;
      const fields = Object.entries(policy.fields).map(([name, rule]) => {
        const isSpoken = last?.accepted?.fields[name] !== undefined;
        return [name, isSpoken ? { kind: 'owner', system: last?.system } : rule];
      });
      self.policy = { ...policy, fields: Object.fromEntries(fields) as SurvivorshipPolicy['fields'] };
      try {
        return decide(self, key, contributions);
      } finally {
        self.policy = policy;
      }
    },
  );
}

/** Goldens that break their promises. */
export const CONSUMER_MUTANTS = {
  'no-inbox': { services: /^golden$/, plant: noInbox },
  'offset-before-effect': { services: /^golden$/, plant: offsetBeforeEffect },
  'connection-reuse': { services: /^golden$/, plant: reuseConnection },
  'last-arrival': { services: /^golden$/, plant: lastArrival },
} as const satisfies Record<string, Planted>;
