import { expect } from '@jest/globals';
import type { Disposition } from '#kernel';
import type { ConformanceTarget } from './driver.js';
import { expectWholeOr, hitEach, prepareReadings, settle, untilAnswered, type Reading } from './fault-reading.js';
import { expectOneAfterAll, outcomeOf } from './fault-write-rules.js';
import type { HttpAnswer } from './faults.js';
import type { AddRule } from './rule.js';
import type { OnLine } from './with-system.js';
import { toCreate } from './writing.js';

const HTML = { 'content-type': 'text/html; charset=utf-8' };
const PAGE = '<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>';
const JSON_TYPE = { 'content-type': 'application/json' };
const page = (status: number): HttpAnswer => ({ status, headers: HTML, body: PAGE });
const json = (status: number, headers: Readonly<Record<string, string>> = {}): HttpAnswer => ({
  status,
  headers: { ...JSON_TYPE, ...headers },
  body: '{"message":"fault"}',
});

/** Answers that say nothing of the record, and what an error of them may be. */
const OUTAGES: readonly (readonly [HttpAnswer, readonly Disposition[]])[] = [
  [page(502), ['retry']],
  [json(500), ['retry']],
  // It may be a page of maintenance, or an address that is wrong: both are no answer.
  [page(200), ['retry', 'stop']],
  [json(429, { 'retry-after': '3600' }), ['retry']],
];
/** How many answers of a call are hit where each is hit in several ways. */
const FEW = 3;

/** Rules of answers that stand for no record: error pages, refusals, limits. */
export function addHttpFaultRules(target: ConformanceTarget, onLine: OnLine, test: AddRule): void {
  const reading =
    (answers: typeof OUTAGES, isAsked: (reading: Reading) => boolean = () => true): (() => Promise<void>) =>
    () =>
      onLine('observe', async (given, line) => {
        for (const { read } of (await prepareReadings(target, given)).filter(isAsked)) {
          const whole = await read(given.connector);
          for (const [answer, dispositions] of answers)
            await hitEach(async (n) => {
              // A connector that was told to wait for an hour waits; another process does not know.
              const connector = answer.status === 429 ? given.reopen() : given.connector;
              const strike = line.answer({ n, isLasting: true }, answer, 'instead');
              const settled = await settle(read(connector));
              const isHit = strike.end();
              if (isHit) expect(settled).toHaveProperty('error');
              expectWholeOr(settled, whole, dispositions);
              return isHit;
            }, FEW);
        }
      });

  test('an error page or a server error is an error, neither an empty page nor a delete', reading(OUTAGES));

  test(
    'refused credentials stop the connection, they hide no records',
    reading([
      [json(401), ['stop']],
      [json(403), ['stop']],
    ]),
  );

  test(
    'a list that is answered 404 or 409 is an error, not an empty system',
    reading(
      [
        [json(404), ['retry', 'stop']],
        [page(404), ['retry', 'stop']],
        [json(409), ['retry', 'stop', 'reload']],
      ],
      ({ name }) => name === 'scan' || name === 'changes',
    ),
  );

  test('a limit of requests that ends soon is waited for, or left to the host', () =>
    onLine('observe', async (given, line) => {
      for (const { read } of await prepareReadings(target, given)) {
        const whole = await read(given.connector);
        await hitEach(async (n) => {
          const strike = line.answer({ n }, json(429, { 'retry-after': '1' }), 'instead');
          const settled = await settle(read(given.connector));
          const isHit = strike.end();
          expectWholeOr(settled, whole, ['retry']);
          expect(await untilAnswered(() => read(given.connector))).toEqual(whole);
          return isHit;
        }, FEW);
      }
    }));

  addHttpWriteRules(target, onLine, test);
}

function addHttpWriteRules(target: ConformanceTarget, onLine: OnLine, test: AddRule): void {
  const { entity } = target;
  const writing = (
    answers: readonly HttpAnswer[],
    when: 'after' | 'instead',
    allowed: readonly string[],
  ): (() => Promise<void>) => {
    const isLasting = when === 'instead';
    return () =>
      onLine('write', async (given, line) => {
        for (const [kind, answer] of answers.entries())
          await hitEach(
            async (n) => {
              const key = `H-${kind}-${n}`;
              const create = toCreate(key, given.records.plain(key).fields);
              const connector = answer.status === 429 ? given.reopen() : given.connector;
              const strike = line.answer({ n, isLasting }, answer, when);
              const settled = await settle(connector.apply(entity, [create]));
              const isHit = strike.end();
              expect([...allowed, ...(isHit && isLasting ? [] : ['applied'])]).toContain(outcomeOf(settled));
              await expectOneAfterAll(target, given, create);
              return isHit;
            },
            isLasting ? FEW : undefined,
          );
      });
  };

  test(
    'an error page or a server error in answer to a write says nothing of the record',
    writing(
      OUTAGES.map(([answer]) => answer),
      'instead',
      ['unknown', 'retry', 'stop'],
    ),
  );

  test(
    'an error page after the write was done is of unknown outcome, and repeated it makes no second record',
    writing([page(502), page(200)], 'after', ['unknown', 'retry', 'stop']),
  );

  test(
    'a write that is refused by 401, 403, 404 or 409 is not told as done',
    writing([json(401), json(403), json(404), json(409)], 'instead', [
      ...['unknown', 'retry', 'stop', 'reload', 'rejected', 'conflict'],
    ]),
  );
}
