import { expect, test } from '@jest/globals';
import type { ContributionEvent, GoldenEvent } from '#contracts';
import { instantOfMs, type BusinessKey, type ExternalId, type SystemId } from '#kernel';
import { buildTimeline, type RecordHit, type RoundCheck, type TimelineRecord } from './index.js';

const ERP = 'erp' as SystemId;
const KEY = 'A-1' as BusinessKey;

const aHit = (topic: string, appendedAtMs: number, eventId: string): RecordHit => ({
  ...{ topic, partition: 0, offset: BigInt(appendedAtMs), key: KEY, businessKey: null, eventId, type: null },
  ...{ appendedAtMs, traceId: null, isTombstone: false, isRemoved: false },
});

function aChange(atMs: number, sequence: bigint, amount: string): TimelineRecord {
  const event: ContributionEvent = {
    ...{ entity: 'price', system: ERP, externalId: '4711' as ExternalId, key: KEY, epoch: 1, sequence, status: 'live' },
    ...{ observedAt: instantOfMs(atMs - 40), fields: { amount }, marks: {} },
  };
  return {
    hit: aHit('erp.price.changed.v1', atMs, `erp/price/4711/1.${sequence}`),
    content: { kind: 'change', event, batch: 'b-1', round: null },
  };
}

function aVersion(
  topic: 'golden' | 'history',
  atMs: number,
  version: bigint,
  [sequence, amount]: [bigint, string],
): TimelineRecord {
  const event: GoldenEvent = {
    ...{ entity: 'price', key: KEY, version, sequence: version, status: 'live', policyVersion: 1 },
    ...{ changedAt: instantOfMs(atMs), fields: { amount }, origins: {} },
    merged: [{ system: ERP, externalId: '4711' as ExternalId, epoch: 1, sequence }],
  };
  return { hit: aHit(topic, atMs, `golden/price/A-1/${version}`), content: { kind: 'golden', topic, event } };
}

test('changes, versions and the write stand in order, each with its cause, its fields and its time', () => {
  const records = [
    aVersion('golden', 3_101, 2n, [2n, '8.5']),
    aChange(1_000, 1n, '9.9'),
    aVersion('history', 1_100, 1n, [1n, '9.9']),
    aVersion('golden', 1_101, 1n, [1n, '9.9']),
    aChange(3_000, 2n, '8.5'),
    aVersion('history', 3_100, 2n, [2n, '8.5']),
  ];
  const write = { system: 'shop', version: '2', what: 'applied', beganAtMs: null, answeredAtMs: null, fields: {} };
  const entries = buildTimeline(records, { writes: [write], checks: [] });
  expect(
    entries.map(({ kind, what, latencyMs, causedBy, changes }) => [kind, what, latencyMs, causedBy, changes]),
  ).toEqual([
    ['change', 'live', 40, null, { amount: { after: '9.9' } }],
    ['version', 'version 1', 100, 'erp/price/4711/1.1', { amount: { after: '9.9' } }],
    ['change', 'live', 40, null, { amount: { before: '9.9', after: '8.5' } }],
    ['version', 'version 2', 100, 'erp/price/4711/1.2', { amount: { before: '9.9', after: '8.5' } }],
    ['write', 'version 2: applied', null, 'golden/price/A-1/2', {}],
  ]);
});

test('a version that golden tells again is an answer; what compaction removed says so', () => {
  const again = aVersion('golden', 2_000, 1n, [2n, '9.9']);
  const records: TimelineRecord[] = [
    aVersion('history', 1_000, 1n, [1n, '9.9']),
    { ...again, hit: { ...again.hit, eventId: 'golden/price/A-1/2' } },
    { hit: aHit('erp.price.changed.v1', 500, 'x'), content: { kind: 'unread', system: 'erp', isInTopic: false } },
  ];
  const entries = buildTimeline(records, { writes: [], checks: [] });
  expect(entries.map(({ kind, what, isReadable }) => [kind, what, isReadable])).toEqual([
    ['other', 'no longer in the topic', false],
    ['version', 'version 1', true],
    ['answer', 'version 1', true],
  ]);
});

test('a write stands at the time at which it began, after the version that it carries, and says when it was answered', () => {
  const write = { system: 'shop', version: '1', what: 'update under way', beganAtMs: 1_250, fields: { amount: '9.9' } };
  const writes = [
    { ...write, answeredAtMs: null },
    { ...write, what: 'create applied', beganAtMs: 1_100, answeredAtMs: 1_140 },
  ];
  const entries = buildTimeline([aVersion('history', 1_000, 1n, [1n, '9.9'])], { writes, checks: [] });
  expect(entries.slice(1)).toMatchObject([
    { kind: 'write', what: 'version 1: create applied', latencyMs: 100, answeredAt: instantOfMs(1_140) },
    { kind: 'write', latencyMs: 250, changes: { amount: { after: '9.9' } }, answeredAt: null, place: null },
  ]);
});

test('a round that told no drift of the record is a check, one that told some or began before the record is none', () => {
  const aCheck = (round: string, startedAtMs: number): RoundCheck => ({
    ...{ round, system: 'shop', startedAtMs, endedAtMs: startedAtMs + 10, scanned: 40 },
  });
  const drift: TimelineRecord = {
    hit: aHit('hub.drift.v1', 3_000, 'd'),
    content: { kind: 'drift', system: 'shop', round: 'r-2', found: 'changed, fixed', fields: ['amount'] },
  };
  const checks = [aCheck('r-0', 500), aCheck('r-1', 2_000), aCheck('r-2', 2_900)];
  const entries = buildTimeline([aChange(1_000, 1n, '9.9'), drift], { writes: [], checks });
  expect(entries.map(({ kind, round, batch, what }) => [kind, round, batch, what])).toEqual([
    ['change', null, 'b-1', 'live'],
    ['check', 'r-1', null, 'no difference of it among 40 records'],
    ['drift', 'r-2', null, 'changed, fixed amount'],
  ]);
});
