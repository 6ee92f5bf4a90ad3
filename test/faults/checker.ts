import { checkOutbox, checkPartitions } from './check-log.js';
import { checkUserEdits, findLowered } from './check-target.js';
import {
  group,
  type AuditedWrite,
  type ChangeRecord,
  type Evidence,
  type Finding,
  type GoldenRecord,
  type JournalEntry,
} from './history.js';

/** Everything in a run's evidence that breaks a promise; empty when nothing does. Pure. */
export function check(evidence: Evidence): Finding[] {
  const { changes, history, state, source, journal, writes } = evidence;
  const byKey = {
    changes: group(changes),
    history: group(history),
    state: group(state),
    journal: group(journal),
  };
  const keys = new Set([...byKey.changes.keys(), ...byKey.history.keys(), ...byKey.state.keys(), ...source.keys()]);
  const findings: Finding[] = [];
  for (const key of keys) {
    const events = firstOccurrences(byKey.changes.get(key) ?? [], (event) => `${event.epoch}.${event.sequence}`);
    const versions = firstOccurrences(byKey.history.get(key) ?? [], ({ version }) => String(version));
    findings.push(
      ...checkOrder(key, events),
      ...checkAuthored(key, events, byKey.journal.get(key) ?? []),
      ...checkDurable(key, byKey.journal.get(key) ?? [], source.get(key)),
      ...checkVersions(key, events, versions),
      ...checkOrder(key, firstOccurrences(byKey.state.get(key) ?? [], idOfState).map(toOrdered)),
      ...checkEnd(key, versions, { state: byKey.state.get(key)?.at(-1), source: source.get(key) }),
    );
  }
  const logs = { changes, history, state, 'target changes': evidence.targetChanges };
  return [
    ...findings,
    ...checkOutbox(evidence),
    ...checkPartitions(logs),
    ...checkTarget(evidence),
    ...checkUserEdits(evidence),
    ...findDoubled(writes),
    ...findLowered(writes),
    ...checkObserve(evidence),
  ];
}

/**
 * What breaks a promise although the hub has not come to rest: no later event can mend it. Pure.
 * @param isPublished whether no outbox holds a row any more, so that what is on no topic is lost
 */
export function checkRestless(evidence: Evidence, isPublished: boolean): Finding[] {
  const logs = checkOutbox(evidence).filter(({ fault }) => isPublished || fault !== 'lost-event');
  const { writes } = evidence;
  return [...logs, ...checkTarget(evidence), ...findDoubled(writes), ...findLowered(writes), ...checkObserve(evidence)];
}

function idOfState({ version, sequence }: GoldenRecord): string {
  return `${version}.${sequence}`;
}

/** Golden has one epoch: its sequences alone tell the order. */
function toOrdered({ sequence }: GoldenRecord): Ordered {
  return { epoch: 1, sequence };
}

/** An acknowledged commit of the source is there after every fault, itself or a later one. */
function checkDurable(key: string, journal: readonly JournalEntry[], held: string | undefined): Finding[] {
  const last = journal.findLastIndex(({ outcome }) => outcome === 'committed');
  const at = journal.findIndex(({ value }) => value === held);
  if (last < 0 || at >= last) return [];
  return [{ fault: 'lost-commit', key, detail: `acknowledged ${journal[last]?.value}; the source holds ${held}` }];
}

/** A relay that was killed sends its last batch again: later copies of a record say nothing new. */
function firstOccurrences<T>(records: readonly T[], idOf: (record: T) => string): T[] {
  const seen = new Set<string>();
  return records.filter((record) => !seen.has(idOf(record)) && seen.add(idOf(record)));
}

type Ordered = Pick<ChangeRecord, 'epoch' | 'sequence'>;

function checkOrder(key: string, events: readonly Ordered[]): Finding[] {
  return pairs(events)
    .filter(([a, b]) => a.epoch > b.epoch || (a.epoch === b.epoch && a.sequence >= b.sequence))
    .map(([a, b]) => ({ fault: 'swapped-order', key, detail: `sequence ${b.sequence} came after ${a.sequence}` }));
}

/** Every published value was committed by someone, and no read was stale: values never go back. */
function checkAuthored(key: string, events: readonly ChangeRecord[], journal: readonly JournalEntry[]): Finding[] {
  const findings: Finding[] = [];
  const places = new Map(journal.map(({ value, outcome }, place) => [value, { place, outcome }]));
  let last = -1;
  for (const { value, sequence } of events) {
    const authored = places.get(value);
    const at = `sequence ${sequence}: ${value}`;
    if (!authored || authored.outcome === 'rolled-back') findings.push({ fault: 'phantom-value', key, detail: at });
    else if (authored.place < last) findings.push({ fault: 'went-back', key, detail: at });
    else if (authored.place === last) findings.push({ fault: 'change-without-change', key, detail: at });
    last = Math.max(last, authored?.place ?? -1);
  }
  return findings;
}

/** Golden's versions are 1..n, and exactly the distinct consecutive values of the key's change topic. */
function checkVersions(key: string, events: readonly ChangeRecord[], versions: readonly GoldenRecord[]): Finding[] {
  const findings: Finding[] = [];
  versions.forEach(({ version }, index) => {
    if (version !== BigInt(index + 1))
      findings.push({ fault: 'version-gap', key, detail: `version ${version} at place ${index + 1}` });
  });
  const wanted = events.map(({ value }) => value).filter((value, index, all) => value !== all[index - 1]);
  const found = versions.map(({ value }) => value);
  const at = wanted.findIndex((value, index) => value !== found[index]);
  const isPhantom = at < 0 && found.length > wanted.length;
  if (at >= 0) findings.push({ fault: 'lost-version', key, detail: `golden lacks change ${at + 1}: ${wanted[at]}` });
  if (isPhantom) findings.push({ fault: 'phantom-value', key, detail: `golden has ${found[wanted.length]}` });
  return findings;
}

function checkEnd(key: string, versions: readonly GoldenRecord[], end: End): Finding[] {
  const newest = versions.at(-1) ?? NOTHING;
  const state = end.state ?? NOTHING;
  const findings: Finding[] = [];
  if (newest.value !== end.source)
    findings.push({
      fault: 'not-the-source',
      key,
      detail: `golden ends with ${newest.value}, the source: ${end.source}`,
    });
  if (state.version !== newest.version || state.value !== newest.value || state.sequence < newest.sequence)
    findings.push({ fault: 'stale-state', key, detail: `the state topic ends with version ${state.version}` });
  return findings;
}

/** What a key ended with. */
interface End {
  readonly state: GoldenRecord | undefined;
  readonly source: string | undefined;
}

const NOTHING = { version: 0n, sequence: 0n, value: undefined } as const;

/** What the target publishes, its users wrote. */
function checkTarget({ targetChanges, userEdits }: Evidence): Finding[] {
  const authored = new Set(userEdits.filter(({ outcome }) => outcome !== 'rolled-back').map(idOfValue));
  return targetChanges
    .filter((change) => !authored.has(idOfValue(change)))
    .map(({ key, value }) => ({ fault: 'echo', key, detail: `the target published ${value}` }));
}

function idOfValue({ key, value }: { readonly key: string; readonly value: string }): string {
  return `${key}\n${value}`;
}

function checkObserve({ sourceWrites }: Evidence): Finding[] {
  if (sourceWrites === 0) return [];
  return [{ fault: 'write-in-observe', key: '', detail: `${sourceWrites} writes by the hub's role` }];
}

/** Writes that changed nothing, or made a record that was there: what was done twice. */
function findDoubled(writes: readonly AuditedWrite[]): Finding[] {
  const held = new Map<string, string | null>();
  const findings: Finding[] = [];
  for (const { key, op, before, after, byHub } of writes) {
    const wasThere = held.has(key);
    const isSecondInsert = op === 'INSERT' && wasThere;
    if (byHub && (isSecondInsert || after === before || (wasThere && held.get(key) === after)))
      findings.push({ fault: 'doubled-write', key, detail: `${op} of ${after}` });
    held.set(key, after);
  }
  return findings;
}

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.slice(1).map((item, index) => [items[index] as T, item]);
}
