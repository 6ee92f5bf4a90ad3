import { createHash } from 'node:crypto';
import { projectDesired, toKeyColumns, type EntityMapping } from '#connector-sdk';
import { ENTITIES, type Entity } from '#contracts';
import { ownedFields, type HubFile, type HubSystem } from '#hub-file';
import type { CanonicalFields, CanonicalValue } from '#kernel';
import type { DesiredMapping } from '#mirror';

/** Which fields the hub writes: none that the system owns, or all, where a restored system gets back what it had said itself. */
export type WriteScope = 'not owned' | 'all fields';

/** What the hub may write into a system, of the mapped, writable fields. */
export function desiredMapping(
  file: HubFile,
  system: HubSystem,
  entity: Entity,
  scope: WriteScope = 'not owned',
): DesiredMapping {
  const mapping = system.entities[entity] as EntityMapping;
  const own = scope === 'not owned' ? findOwn(file, system, entity) : { fields: new Set<string>(), existence: false };
  const types = ENTITIES[entity].fields;
  const writable = Object.keys(file.survivorship[entity]?.fields ?? {}).filter(
    (name) => name in mapping.fields && !own.fields.has(name),
  );
  const projected = new WeakMap<CanonicalFields, CanonicalFields>();
  return {
    writesExistence: !own.existence,
    accepts: (key) => toKeyColumns(mapping, entity, key).ok,
    project: (golden) => {
      // a writer asks twice for the same record: before its intent and after the answer
      const known = projected.get(golden) ?? projectDesired(mapping, types, pick(golden, writable));
      projected.set(golden, known);
      return known;
    },
  };
}

/** What the system alone decides. */
function findOwn(
  file: HubFile,
  system: HubSystem,
  entity: Entity,
): { readonly fields: ReadonlySet<string>; readonly existence: boolean } {
  const policy = file.survivorship[entity];
  const deciders = new Set([...(policy?.create ?? []), ...(policy?.delete ?? [])]);
  return {
    fields: new Set(ownedFields(file, entity, system.id)),
    existence: deciders.size === 1 && deciders.has(system.id),
  };
}

function pick(golden: CanonicalFields, names: readonly string[]): CanonicalFields {
  const fields: Record<string, CanonicalValue> = {};
  for (const name of names) {
    const value = golden[name];
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}

/** Names the mapping in force, so that a changed one makes rows due. */
export function mappingVersion(file: HubFile, system: HubSystem, entity: Entity): string {
  const policy = file.survivorship[entity];
  const text = JSON.stringify([
    system.entities[entity],
    ownedFields(file, entity, system.id),
    policy?.create,
    policy?.delete,
    Object.keys(policy?.fields ?? {}),
  ]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
