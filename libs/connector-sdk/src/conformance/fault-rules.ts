import { expect } from '@jest/globals';
import type { ConformanceTarget } from './driver.js';
import { expectWholeOr, hitEach, HURRY_MS, prepareReadings, settle, untilAnswered } from './fault-reading.js';
import { addFaultWriteRules } from './fault-write-rules.js';
import { addHttpFaultRules } from './http-fault-rules.js';
import type { RuleList } from './rule.js';
import type { OnLine, WithSystem } from './with-system.js';

/** Time-outs that one reading may wait for: of a session, of several requests. */
const MOST_CALLS = 6;

/** Rules of a system that is slow, silent, gone or cut off. */
export function addFaultRules(target: ConformanceTarget, withSystem: WithSystem, list: RuleList): void {
  const onLine: OnLine = (mode, rule) =>
    withSystem(mode, (given) => {
      if (!target.line) throw new Error('a rule of faults without a line');
      return rule(given, target.line);
    });
  const lack = target.line ? false : (target.noLine ?? 'nothing stands between the connector and its system');
  addReadingRules(target, onLine, list.unless(lack));
  addSilenceRule(target, onLine, list.unless(lack));
  addFaultWriteRules(target, onLine, list.unless(lack));
  addHttpFaultRules(target, onLine, list.unless(lack || (target.line?.kind !== 'http' && 'it does not speak HTTP')));
}

function addReadingRules(target: ConformanceTarget, onLine: OnLine, test: ReturnType<RuleList['unless']>): void {
  test('an answer that is cut anywhere is an error to retry, or the reading is whole', () =>
    onLine('observe', async (given, line) => {
      for (const { read } of await prepareReadings(target, given)) {
        const whole = await read(given.connector);
        await hitEach(async (n) => {
          const strike = line.cut({ n });
          const settled = await settle(read(given.connector));
          const isHit = strike.end();
          expectWholeOr(settled, whole, ['retry']);
          expect(await untilAnswered(() => read(given.connector))).toEqual(whole);
          return isHit;
        });
      }
    }));

  for (const [how, name] of [
    ['refuse', 'a system that refuses connections is an error to retry, never an empty page; then it goes on'],
    ['reset', 'a connection that is reset is an error to retry, never an empty page; then it goes on'],
  ] as const)
    test(name, () =>
      onLine('observe', async (given, line) => {
        const { connector, reopen } = given;
        const readings = await prepareReadings(target, given);
        const whole = await Promise.all(readings.map(({ read }) => read(connector)));
        const heal = await line[how]();
        for (const on of [connector, reopen()])
          for (const { read } of readings)
            expect(await settle(read(on))).toMatchObject({ error: { disposition: 'retry' } });
        expect(await reopen().check()).toMatchObject({ reachable: false, problems: [expect.stringMatching(/\w/)] });
        await heal();
        for (const [n, { read }] of readings.entries())
          expect(await untilAnswered(() => read(connector))).toEqual(whole[n]);
      }),
    );

  test('a slow line in small packets changes nothing but the time', () =>
    onLine('observe', async (given, line) => {
      await given.driver.put(given.records.awkward());
      const readings = await prepareReadings(target, given);
      const whole = await Promise.all(readings.map(({ read }) => read(given.connector)));
      const heal = await line.slow();
      const slow = await Promise.all(readings.map(({ read }) => read(given.connector)));
      await heal();
      expect(slow).toEqual(whole);
    }));
}

function addSilenceRule(target: ConformanceTarget, onLine: OnLine, test: ReturnType<RuleList['unless']>): void {
  test('a system that says nothing is an error to retry within the time-out', () =>
    onLine('observe', async (given, line) => {
      const readings = await prepareReadings(target, given);
      const hurried = given.reopen({ timeoutMs: HURRY_MS });
      for (const { read } of readings) await untilAnswered(() => read(hurried));
      const heal = await line.silence();
      const startedAtMs = Date.now();
      const settled = await Promise.all(readings.map(({ read }) => settle(read(hurried))));
      const tookMs = Date.now() - startedAtMs;
      await heal();
      expect(settled.map((one) => ('error' in one ? one.error.disposition : one))).toEqual(readings.map(() => 'retry'));
      expect(tookMs).toBeLessThan(HURRY_MS * MOST_CALLS);
      for (const { read } of readings) await untilAnswered(() => read(hurried));
    }));
}
