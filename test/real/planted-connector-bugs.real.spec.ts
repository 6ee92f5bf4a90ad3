import type { Connector } from '#connector-sdk';
import { rulesOf, type ConformanceTarget, type SystemDriver } from '#connector-sdk/testing';
import { describe, expect, jest, test } from '@jest/globals';
import { ArticleCollection } from '../harness/article-collection.js';
import * as bugs from '../harness/connector-bugs.js';
import { lineTo } from '../harness/line.js';
import { pocketBaseUrl } from '../harness/pocketbase.js';
import { ArticleTable, databaseUrl, type ArticleShape } from '../harness/postgres-articles.js';

jest.setTimeout(300_000);

const toDatabase = await lineTo(databaseUrl(), 'tcp');
const toPocketBase = await lineTo(new URL(pocketBaseUrl()), 'http');
const CURSOR = { changedAt: 'updated_at' };

/** How a driver opens its connector. */
type Open = SystemDriver['open'];

/** A bug, where it is planted, and the rule that must find it. */
interface Planted<Driver extends SystemDriver> {
  readonly bug: string;
  readonly rule: string;
  readonly plant: (open: Open, driver: Driver) => Open;
}

const inAnswers =
  (bug: bugs.Bug) =>
  (open: Open): Open =>
  (...asked): Connector =>
    bug(open(...asked));

const ON_POSTGRESQL: readonly (Planted<ArticleTable> & { readonly shape?: Partial<ArticleShape> })[] = [
  {
    bug: 'a cursor on time alone',
    rule: 'records of one and the same time are not lost at the border of a page',
    plant: inAnswers(bugs.cursorOnTimeAlone),
  },
  {
    bug: 'a cursor that never looks behind itself',
    rule: 'a transaction that commits after the cursor went past its time is found',
    plant: inAnswers(bugs.noOverlap),
  },
  {
    bug: 'changes by offset',
    rule: 'records that change while pages are read are neither lost nor left old',
    plant: inAnswers(bugs.changesByOffset),
  },
  {
    bug: 'a scan by offset',
    rule: 'a scan misses no record that stays, while others come and go and change',
    plant: inAnswers(bugs.scanByOffset),
  },
  {
    bug: 'a scan in the order of JavaScript',
    rule: 'a scan gives every record once, exactly, in byte order of external ids',
    plant: inAnswers(bugs.scanInUtf16Order),
  },
  {
    bug: 'texts that lose their blanks',
    rule: 'the first read gives every record exactly',
    plant: inAnswers(bugs.trimsTexts),
  },
  {
    bug: 'local time taken for UTC',
    rule: 'the time of a change is the present, in UTC',
    shape: { zone: 'Asia/Kathmandu', options: { ...CURSOR, zone: 'Asia/Kathmandu' } },
    plant: (_, table) => (mode, clock) => table.open(mode, clock, { options: CURSOR }),
  },
  {
    bug: 'an own write that comes back as somebody’s',
    rule: 'the hub recognises its own write when it is read back: same version, same stored form',
    plant: inAnswers(bugs.echoPublished),
  },
  {
    bug: 'a create that looks nothing up',
    rule: 'a create repeated after a crash is a conflict with the first, not a second record',
    shape: { allowsTwins: true, options: { id: 'id' } },
    plant: (_, table) => (mode, clock) =>
      table.open(mode, clock, { source: 'blind_article', options: { id: 'id', version: 'digest' } }),
  },
  {
    bug: 'a precondition that is lost on the way',
    rule: 'a stale version is a conflict with the current record, and nothing is written',
    plant: inAnswers(bugs.lostPrecondition),
  },
  {
    bug: 'one bad record fails its page',
    rule: 'one bad record is rejected with a reason, and the others are written',
    plant: inAnswers(bugs.oneRejectsAll),
  },
  {
    bug: 'mode observe that writes',
    rule: 'reading issues no write, and in mode observe a write is refused',
    plant: (open) => (_mode, clock) => open('write', clock),
  },
  {
    bug: 'a cut answer taken for the end of a scan',
    rule: 'an answer that is cut anywhere is an error to retry, or the reading is whole',
    plant: inAnswers(bugs.emptyOn('HUB_SOURCE_UNREACHABLE')),
  },
  {
    bug: 'silence taken for an empty page',
    rule: 'a system that says nothing is an error to retry within the time-out',
    plant: inAnswers(bugs.emptyOn('HUB_SOURCE_TIMEOUT')),
  },
  {
    bug: 'an unknown outcome told as a refusal',
    rule: 'a create whose answer is lost is unknown or to be retried, and repeated it makes no second record',
    plant: inAnswers(bugs.unknownIsRejected),
  },
];

const ON_POCKETBASE: readonly Planted<SystemDriver>[] = [
  {
    bug: 'an error page taken for no records: a delete',
    rule: 'an error page or a server error is an error, neither an empty page nor a delete',
    plant: inAnswers(bugs.emptyOn('HUB_SOURCE_ERROR', 'HUB_SOURCE_SCHEMA')),
  },
  {
    bug: 'lost rights taken for an empty system',
    rule: 'refused credentials stop the connection, they hide no records',
    plant: inAnswers(bugs.emptyOn('HUB_SOURCE_UNAUTHORISED')),
  },
  {
    bug: 'an outage blamed on the record',
    rule: 'an error page or a server error in answer to a write says nothing of the record',
    plant: inAnswers(bugs.errorIsRejected),
  },
];

/** The target with a bug in its connector. */
function withBug<Driver extends SystemDriver>(
  target: ConformanceTarget & { setUp(): Promise<Driver> },
  plant: Planted<Driver>['plant'],
): ConformanceTarget {
  const setUp = async (): Promise<SystemDriver> => {
    const driver = await target.setUp();
    const open = driver.open.bind(driver);
    const sound = Object.assign(Object.create(driver) as Driver, { open });
    return Object.assign(driver, { open: plant(open, sound) });
  };
  return { ...target, setUp };
}

/** The rule holds without the bug, and finds it: an outage or a slip of this file would break it in both. */
async function expectCaught(sound: ConformanceTarget, spoiled: ConformanceTarget, name: string): Promise<void> {
  const [rule, spoiledRule] = [sound, spoiled].map((target) => rulesOf(target).find((one) => one.name === name));
  expect(rule).toMatchObject({ lack: null });
  await rule?.run();
  const error = await spoiledRule?.run().then(
    () => null,
    (cause: unknown) => cause,
  );
  if (error === null) throw new Error(`Nothing was found by the rule: ${name}`);
  if (!isFinding(error)) throw new Error(`The rule could not be tried: ${name}`, { cause: error });
}

/** Whether an expectation failed, and not the test's own means. */
function isFinding(error: unknown): boolean {
  return error instanceof Error && 'matcherResult' in error;
}

describe('planted connector bugs', () => {
  describe('sql on PostgreSQL', () => {
    test.each(ON_POSTGRESQL.map((one) => [one.bug, one.rule, one] as const))(
      '%s, caught by: %s',
      (_, rule, planted) => {
        const shape = { options: CURSOR, url: toDatabase.url, ...planted.shape };
        const target = {
          name: 'sql',
          entity: 'product',
          capabilities: {
            changes: 'changedAt' in shape.options ? 'cursor' : 'scan',
            precondition: 'version',
            deleteEvents: false,
            digest: false,
          },
          refused: { brand: 'forbidden' },
          line: toDatabase.faults,
          setUp: () => ArticleTable.create(shape),
        } as const;
        return expectCaught(target, withBug(target, planted.plant), rule);
      },
    );
  });

  describe('rest on PocketBase', () => {
    test.each(ON_POCKETBASE.map((one) => [one.bug, one.rule, one] as const))(
      '%s, caught by: %s',
      (_, rule, planted) => {
        const target: ConformanceTarget = {
          name: 'rest',
          entity: 'product',
          capabilities: { changes: 'cursor', precondition: 'version', deleteEvents: false, digest: false },
          line: toPocketBase.faults,
          setUp: () => ArticleCollection.create('cursor', toPocketBase.url),
        };
        return expectCaught(target, withBug(target, planted.plant), rule);
      },
    );
  });
});
