import { expect } from '@jest/globals';
import { HubError } from '#kernel';
import type { ObservedRecord, RecordWrite, WriteOutcome } from '../connector.js';
import type { ConformanceTarget } from './driver.js';
import { hitEach, HURRY_MS, settle, untilAnswered, type Settled } from './fault-reading.js';
import type { AddRule } from './rule.js';
import { getByKey, scanAll } from './reading.js';
import type { Given, OnLine } from './with-system.js';
import { readNews, toCreate, toDelete, toUpdate } from './writing.js';

/** Rules of writes whose answer does not come. */
export function addFaultWriteRules(target: ConformanceTarget, onLine: OnLine, test: AddRule): void {
  const { entity } = target;

  test('a create whose answer is lost is unknown or to be retried, and repeated it makes no second record', () =>
    onLine('write', (given, line) =>
      hitEach(async (n) => {
        const create = toCreate(`C-${n}`, given.records.plain(`C-${n}`).fields);
        const strike = line.cut({ n });
        const settled = await settle(given.connector.apply(entity, [create]));
        const isHit = strike.end();
        await expectHonest(settled, given, create);
        await expectOneAfterAll(target, given, create);
        return isHit;
      }),
    ));

  test('an update whose answer is lost is unknown or to be retried, and repeated it is done', () =>
    onLine('write', async (given, line) => {
      const { connector, driver, records } = given;
      await driver.put([records.plain('U')]);
      await readNews(connector, target);
      await hitEach(async (n) => {
        const update = async (): Promise<RecordWrite> =>
          toUpdate(await getByKey(connector, entity, 'U'), records.text(`text ${n}`));
        const first = await untilAnswered(update);
        const strike = line.cut({ n });
        const settled = await settle(connector.apply(entity, [first]));
        const isHit = strike.end();
        await expectHonest(settled, given, first);
        const again = await untilAnswered(async () => answered(await connector.apply(entity, [await update()])));
        expect(['applied', 'unchanged']).toContain(again.kind);
        expect((await driver.read()).get('U')).toMatchObject(records.text(`text ${n}`));
        return isHit;
      });
    }));

  test('a delete whose answer is lost is unknown or to be retried, and repeated it finds nothing to do', () =>
    onLine('write', (given, line) =>
      hitEach(async (n) => {
        const { connector, driver, records } = given;
        await driver.put([records.plain(`D-${n}`), records.plain('stays')]);
        await readNews(connector, target);
        const remove = toDelete(await untilAnswered(() => getByKey(connector, entity, `D-${n}`)));
        const strike = line.cut({ n });
        const settled = await settle(connector.apply(entity, [remove]));
        const isHit = strike.end();
        await expectHonest(settled, given, remove);
        const again = await untilAnswered(async () => answered(await connector.apply(entity, [remove])));
        expect(['applied', 'unchanged']).toContain(again.kind);
        expect([...(await driver.read()).keys()]).toEqual(['stays']);
        return isHit;
      }),
    ));

  test('a write into a system that says nothing, or is not there, is unknown or to be retried', () =>
    onLine('write', async (given, line) => {
      for (const [n, how] of (['silence', 'refuse', 'reset'] as const).entries()) {
        const create = toCreate(`S-${n}`, given.records.plain(`S-${n}`).fields);
        const hurried = given.reopen({ timeoutMs: HURRY_MS });
        await untilAnswered(() => hurried.fetch(entity, { by: 'key', keys: [create.key] }));
        const heal = await line[how]();
        const settled = await settle(hurried.apply(entity, [create]));
        await heal();
        await expectHonest(settled, given, create);
        expect(outcomeOf(settled)).not.toBe('applied');
        await expectOneAfterAll(target, given, create);
      }
    }));
}

/** Kind of the only outcome, or the disposition of the error. */
export function outcomeOf(settled: Settled<readonly WriteOutcome[]>): string {
  return 'error' in settled ? settled.error.disposition : (settled.value[0]?.kind ?? 'none');
}

/** Nobody knows what became of the write, and the connector says so; "applied" only where it is. */
async function expectHonest(
  settled: Settled<readonly WriteOutcome[]>,
  { driver }: Given,
  { key, operation }: RecordWrite,
): Promise<void> {
  const outcome = outcomeOf(settled);
  expect(['unknown', 'retry', 'applied']).toContain(outcome);
  if (outcome === 'applied') expect((await driver.read()).has(key)).toBe(operation !== 'delete');
}

/** The create again, as the host does after a while: done now or found by its key, and there once. */
export async function expectOneAfterAll(target: ConformanceTarget, given: Given, create: RecordWrite): Promise<void> {
  const { connector, driver } = given;
  const again = await untilAnswered(async () => answered(await connector.apply(target.entity, [create])));
  if (again.kind === 'conflict') await complete(target, given, { create, current: again.current });
  else expect(again.kind).toBe('applied');
  expect((await driver.read()).get(create.key)).toEqual(create.fields);
  const found = await scanAll(connector, target.entity);
  expect(found.filter(({ key }) => key === create.key)).toHaveLength(1);
}

/** A record may be there in part, where its system needs several calls: the host sees that, and updates the rest. */
async function complete(
  { entity }: ConformanceTarget,
  { connector }: Given,
  { create, current }: { readonly create: RecordWrite; readonly current: ObservedRecord | null },
): Promise<void> {
  expect(current).toMatchObject({ key: create.key });
  if (current === null) return;
  const update = toUpdate(current, create.fields);
  const done = await untilAnswered(async () => answered(await connector.apply(entity, [update])));
  expect(['applied', 'unchanged']).toContain(done.kind);
}

/** @throws HubError to be retried for an outcome that is unknown once more (a connection that broke is noticed late) */
export function answered(outcomes: readonly WriteOutcome[]): WriteOutcome {
  const [outcome] = outcomes;
  if (!outcome) throw new Error('a write without outcome');
  if (outcome.kind === 'unknown') throw new HubError('HUB_SOURCE_UNREACHABLE', outcome.reason);
  return outcome;
}
