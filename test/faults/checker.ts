/** What a run did to one key of the source, in the order in which it did it. */
export interface JournalEntry {
  readonly key: string;
  /** Unique per key. */
  readonly value: string;
  /** `unknown`: the commit was sent, but not answered. */
  readonly outcome: 'committed' | 'rolled-back' | 'unknown';
}

/** A change event, as it lies on its topic. */
export interface ChangeRecord {
  readonly key: string;
  readonly epoch: number;
  readonly sequence: bigint;
  readonly value: string;
}

/** A golden record, as it lies on the state or the history topic. */
export interface GoldenRecord {
  readonly key: string;
  readonly version: bigint;
  readonly sequence: bigint;
  readonly value: string;
}

/** A write of the target, as its audit trigger saw it; values null where there was, or is, no row. */
export interface AuditedWrite {
  readonly key: string;
  readonly op: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly before: string | null;
  readonly after: string | null;
}

/** Everything that is known of a run once it is quiet; every list in the order in which it happened. */
export interface Evidence {
  readonly journal: readonly JournalEntry[];
  /** Change topic of the source. */
  readonly changes: readonly ChangeRecord[];
  /** Change topic of the target, whose records nobody but the hub writes. */
  readonly targetChanges: readonly ChangeRecord[];
  readonly history: readonly GoldenRecord[];
  readonly state: readonly GoldenRecord[];
  /** Values of the source by key. */
  readonly source: ReadonlyMap<string, string>;
  /** Audit of the target. */
  readonly writes: readonly AuditedWrite[];
  /** Writes by the hub's role in the source, which is in mode observe. */
  readonly sourceWrites: number;
}

/** What a finding breaks. */
export type Fault =
  | 'swapped-order'
  | 'phantom-value'
  | 'went-back'
  | 'change-without-change'
  | 'echo'
  | 'lost-version'
  | 'version-gap'
  | 'not-the-source'
  | 'stale-state'
  | 'doubled-write'
  | 'write-in-observe';

/** One broken rule, with the key that shows it. */
export interface Finding {
  readonly fault: Fault;
  readonly key: string;
  readonly detail: string;
}

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
      ...checkVersions(key, events, versions),
      ...checkEnd(key, versions, { state: byKey.state.get(key)?.at(-1), source: source.get(key) }),
    );
  }
  return [...findings, ...checkTarget(evidence.targetChanges), ...findDoubled(writes), ...checkObserve(evidence)];
}

/** A relay that was killed sends its last batch again: later copies of a record say nothing new. */
function firstOccurrences<T>(records: readonly T[], idOf: (record: T) => string): T[] {
  const seen = new Set<string>();
  return records.filter((record) => !seen.has(idOf(record)) && seen.add(idOf(record)));
}

function checkOrder(key: string, events: readonly ChangeRecord[]): Finding[] {
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
  if (state.version !== newest.version || state.value !== newest.value)
    findings.push({ fault: 'stale-state', key, detail: `the state topic ends with version ${state.version}` });
  return findings;
}

/** What a key ended with. */
interface End {
  readonly state: GoldenRecord | undefined;
  readonly source: string | undefined;
}

const NOTHING = { version: 0n, value: undefined } as const;

function checkTarget(events: readonly ChangeRecord[]): Finding[] {
  return events.map(({ key, value }) => ({ fault: 'echo', key, detail: `the target published ${value}` }));
}

function checkObserve({ sourceWrites }: Evidence): Finding[] {
  if (sourceWrites === 0) return [];
  return [{ fault: 'write-in-observe', key: '', detail: `${sourceWrites} writes by the hub's role` }];
}

/** Writes that changed nothing, or made a record that was there: what was done twice. */
function findDoubled(writes: readonly AuditedWrite[]): Finding[] {
  const held = new Map<string, string | null>();
  const findings: Finding[] = [];
  for (const { key, op, before, after } of writes) {
    const wasThere = held.has(key);
    const isSecondInsert = op === 'INSERT' && wasThere;
    if (isSecondInsert || after === before || (wasThere && held.get(key) === after))
      findings.push({ fault: 'doubled-write', key, detail: `${op} of ${after}` });
    held.set(key, after);
  }
  return findings;
}

function group<T extends { readonly key: string }>(records: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const record of records) {
    const list = groups.get(record.key);
    if (list) list.push(record);
    else groups.set(record.key, [record]);
  }
  return groups;
}

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.slice(1).map((item, index) => [items[index] as T, item]);
}
