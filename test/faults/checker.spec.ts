import { describe, expect, test } from '@jest/globals';
import { check, checkRestless } from './checker.js';
import type {
  AppendedRow,
  AuditedWrite,
  ChangeRecord,
  Evidence,
  Fault,
  GoldenRecord,
  JournalEntry,
  LogPlace,
  PublishedRecord,
  UserEdit,
} from './history.js';

const KEY = 'P-1';
const journal = (...values: string[]): JournalEntry[] =>
  values.map((value) => ({ key: KEY, value, outcome: 'committed' }));
const at = (index: number, partition = 0): LogPlace => ({ partition, offset: BigInt(index) });
const changes = (...values: string[]): ChangeRecord[] =>
  values.map((value, index) => ({ key: KEY, epoch: 1, sequence: BigInt(index + 1), value, place: at(index) }));
const golden = (...values: string[]): GoldenRecord[] =>
  values.map((value, index) => {
    const number = BigInt(index + 1);
    return { key: KEY, version: number, sequence: number, value, place: at(index) };
  });
const write = (op: AuditedWrite['op'], before: string | null, after: string | null): AuditedWrite => ({
  key: KEY,
  op,
  before,
  after,
  byHub: true,
  revision: after === null ? null : after.charCodeAt(0),
});
const USER_VALUE = '[["name","by hand"]]';
const userEdit: UserEdit = { key: KEY, name: 'by hand', value: USER_VALUE, outcome: 'committed' };
/** A user's write of the name alone: the revision is the source's. */
const userWrite: AuditedWrite = { ...write('UPDATE', 'd', `d ${USER_VALUE}`), byHub: false };
const heard: ChangeRecord = { key: KEY, epoch: 1, sequence: 1n, value: USER_VALUE, place: at(0) };

const appended = (...digests: string[]): AppendedRow[] =>
  digests.map((digest, index) => ({ topics: ['t'], key: KEY, sequence: BigInt(index + 1), digest }));
const published = (...digests: string[]): PublishedRecord[] =>
  digests.map((digest, index) => ({ topic: 't', key: KEY, digest, place: at(index) }));

/** A run in which everything went well: the read missed value b, and the relay sent its last batch twice. */
const GOOD: Evidence = {
  journal: [
    ...journal('a', 'b'),
    { key: KEY, value: 'x', outcome: 'rolled-back' },
    { key: KEY, value: 'c', outcome: 'unknown' },
    ...journal('d'),
  ],
  appended: appended('1', '2', '3'),
  published: [...published('1', '2', '3'), ...published('2', '3')],
  changes: [...changes('a', 'c', 'd'), ...changes('a', 'c', 'd').slice(1)],
  targetChanges: [heard],
  userEdits: [userEdit, { ...userEdit, name: 'undone', value: 'undone', outcome: 'rolled-back' }],
  history: [...golden('a', 'c', 'd'), ...golden('a', 'c', 'd').slice(1)],
  state: [...golden('a', 'c', 'd'), ...golden('a', 'c', 'd').slice(1)],
  source: new Map([[KEY, 'd']]),
  writes: [write('INSERT', null, 'a'), write('UPDATE', 'a', 'd'), userWrite, write('UPDATE', userWrite.after, 'd')],
  sourceWrites: 0,
};

/** What goes wrong in a run, and what the checker must call it. */
const MUTANTS: readonly { readonly name: string; readonly fault: Fault; readonly evidence: Partial<Evidence> }[] = [
  {
    name: 'a version in the middle is lost, and the numbers close up',
    fault: 'lost-version',
    evidence: { history: golden('a', 'd'), state: golden('a', 'd') },
  },
  { name: 'the last version is lost', fault: 'not-the-source', evidence: { history: golden('a', 'c') } },
  { name: 'the last change is lost', fault: 'lost-version', evidence: { history: golden('a', 'c') } },
  {
    name: 'a version number is skipped',
    fault: 'version-gap',
    evidence: { history: golden('a', 'b', 'c', 'd').filter(({ value }) => value !== 'b') },
  },
  {
    name: 'versions are swapped',
    fault: 'version-gap',
    evidence: { history: [...golden('a', 'c', 'd').slice(1), ...golden('a')] },
  },
  {
    name: 'changes are swapped',
    fault: 'swapped-order',
    evidence: { changes: [...changes('a', 'c', 'd').slice(1), ...changes('a')] },
  },
  {
    name: 'an older epoch comes later',
    fault: 'swapped-order',
    evidence: { changes: changes('a', 'c', 'd').map((change, index) => ({ ...change, epoch: 3 - index })) },
  },
  {
    name: 'golden has a value that no system published',
    fault: 'phantom-value',
    evidence: { history: golden('a', 'c', 'd', 'e') },
  },
  {
    name: 'a value that was rolled back is published',
    fault: 'phantom-value',
    evidence: { changes: changes('a', 'x') },
  },
  { name: 'a value that nobody wrote is published', fault: 'phantom-value', evidence: { changes: changes('a', 'q') } },
  { name: 'a stale read is published', fault: 'went-back', evidence: { changes: changes('a', 'd', 'c') } },
  {
    name: 'the same value is published under a new sequence',
    fault: 'change-without-change',
    evidence: { changes: changes('a', 'c', 'd', 'd') },
  },
  { name: 'a hub write comes back as a change', fault: 'echo', evidence: { targetChanges: changes('a') } },
  { name: 'the source has moved on', fault: 'not-the-source', evidence: { source: new Map([[KEY, 'e']]) } },
  {
    name: 'a record of the source never came',
    fault: 'not-the-source',
    evidence: { source: new Map([...GOOD.source, ['P-2', 'a']]) },
  },
  { name: 'the state topic ends with an older version', fault: 'stale-state', evidence: { state: golden('a', 'c') } },
  {
    name: 'a zombie wrote an older state last',
    fault: 'stale-state',
    evidence: { state: [...golden('a', 'c', 'd'), ...golden('a')] },
  },
  {
    name: 'an update is done twice',
    fault: 'doubled-write',
    evidence: { writes: [...GOOD.writes, write('UPDATE', 'd', 'd')] },
  },
  {
    name: 'a record is inserted twice',
    fault: 'doubled-write',
    evidence: { writes: [...GOOD.writes, write('INSERT', null, 'e')] },
  },
  {
    name: 'an acknowledged commit is gone from the source',
    fault: 'lost-commit',
    evidence: { source: new Map([[KEY, 'c']]) },
  },
  {
    name: 'a row of an outbox is lost, and later ones are not',
    fault: 'lost-event',
    evidence: { published: published('1', '3') },
  },
  {
    name: 'a row is lost on one of its topics',
    fault: 'lost-event',
    evidence: { appended: [...appended('1', '2'), { ...appended('3')[0]!, topics: ['t', 'u'] }] },
  },
  {
    name: 'an event is published that no outbox ever held',
    fault: 'phantom-event',
    evidence: { published: published('1', '2', '3', '4') },
  },
  {
    name: 'rows of a key are published in another order',
    fault: 'swapped-order',
    evidence: { published: published('1', '3', '2') },
  },
  {
    name: 'a key moves to another partition',
    fault: 'two-partitions',
    evidence: { state: [...GOOD.state, ...golden('a', 'c', 'd').map((one) => ({ ...one, place: at(9, 1) }))] },
  },
  {
    name: 'an answer passes a version on the state topic',
    fault: 'swapped-order',
    evidence: { state: [...golden('a', 'c'), ...golden('a', 'c', 'd', 'd').slice(2).reverse()] },
  },
  { name: "a user's edit is never heard", fault: 'lost-edit', evidence: { targetChanges: [] } },
  {
    name: "a user's edit that was rolled back is published",
    fault: 'echo',
    evidence: { targetChanges: [heard, { ...heard, value: 'undone' }] },
  },
  {
    name: 'a write takes the target back',
    fault: 'lowered-write',
    evidence: { writes: [...GOOD.writes, write('UPDATE', 'd', 'c')] },
  },
  { name: 'the hub writes a system in mode observe', fault: 'write-in-observe', evidence: { sourceWrites: 1 } },
];

describe('the checker of fault runs', () => {
  test('finds nothing in a good run, in which values were skipped and records repeated', () => {
    expect(check(GOOD)).toEqual([]);
  });

  test.each(MUTANTS)('names it when $name', ({ fault, evidence }) => {
    const findings = check({ ...GOOD, ...evidence });
    expect(findings.map((finding) => finding.fault)).toContain(fault);
  });

  test("asks for no edit that another user's edit replaced", () => {
    const second: AuditedWrite = { ...userWrite, after: 'd [["name","again"]]' };
    const again: UserEdit = { ...userEdit, name: 'again', value: '[["name","again"]]' };
    const writes = [...GOOD.writes.slice(0, 3), second];
    const targetChanges = [{ ...heard, value: again.value }];
    expect(check({ ...GOOD, writes, targetChanges, userEdits: [userEdit, again] })).toEqual([]);
  });

  test('takes what may still come for lost only where nothing waits to be published', () => {
    const evidence = { ...GOOD, published: published('1', '3'), history: golden('a') };
    expect(checkRestless(evidence, false)).toEqual([]);
    expect(checkRestless(evidence, true).map(({ fault }) => fault)).toEqual(['lost-event']);
  });

  test('names the key', () => {
    const [finding] = check({ ...GOOD, writes: [...GOOD.writes, write('UPDATE', 'd', 'd')] });
    expect(finding).toEqual({ fault: 'doubled-write', key: KEY, detail: 'UPDATE of d' });
  });
});
