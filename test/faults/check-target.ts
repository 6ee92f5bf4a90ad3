import { group, type AuditedWrite, type Evidence, type Finding } from './history.js';

/**
 * What a user wrote into the target is heard before the hub writes over it: each edit is published, unless another user
 * wrote over it first. Pure.
 */
export function checkUserEdits({ userEdits, targetChanges, writes }: Evidence): Finding[] {
  const published = new Map([...group(targetChanges)].map(([key, events]) => [key, events.map(({ value }) => value)]));
  const audited = group(writes);
  return userEdits
    .filter(({ outcome }) => outcome === 'committed')
    .filter(({ key, name }) => !isOverwrittenByUser(audited.get(key) ?? [], name))
    .filter(({ key, value }) => !published.get(key)?.includes(value))
    .map(({ key, name }) => ({ fault: 'lost-edit', key, detail: `"${name}" of a user was never published` }));
}

/** The name is part of the value as a text. */
function isOverwrittenByUser(writes: readonly AuditedWrite[], name: string): boolean {
  const quoted = JSON.stringify(name);
  const at = writes.findIndex(({ byHub, after }) => !byHub && after?.includes(quoted) === true);
  return at >= 0 && writes[at + 1]?.byHub === false;
}

/** No write of the hub takes a record of the target back to an older revision of the source. Pure. */
export function findLowered(writes: readonly AuditedWrite[]): Finding[] {
  const highest = new Map<string, number>();
  const findings: Finding[] = [];
  for (const { key, byHub, revision } of writes) {
    if (revision === null) continue;
    const before = highest.get(key) ?? 0;
    if (byHub && revision < before)
      findings.push({ fault: 'lowered-write', key, detail: `revision ${revision} was written over ${before}` });
    highest.set(key, Math.max(before, revision));
  }
  return findings;
}
