import { createHash } from 'node:crypto';
import { projectDesired, toKeyColumns, type EntityMapping } from '#connector-sdk';
import { ENTITIES, type Entity } from '#contracts';
import { ownedFields, type HubFile, type HubSystem } from '#hub-file';
import type { CanonicalFields, CanonicalValue } from '#kernel';
import type { DesiredMapping } from '#mirror';

/** What the hub may write into a system: mapped, writable fields that the system does not own. */
export function desiredMapping(file: HubFile, system: HubSystem, entity: Entity): DesiredMapping {
  const mapping = system.entities[entity] as EntityMapping;
  const owned = new Set(ownedFields(file, entity, system.id));
  const types = ENTITIES[entity].fields;
  const policy = file.survivorship[entity];
  const deciders = new Set([...(policy?.create ?? []), ...(policy?.delete ?? [])]);
  const isOwnExistence = deciders.size === 1 && deciders.has(system.id);
  const writable = Object.keys(policy?.fields ?? {}).filter((name) => name in mapping.fields && !owned.has(name));
  const projected = new WeakMap<CanonicalFields, CanonicalFields>();
  return {
    writesExistence: !isOwnExistence,
    accepts: (key) => toKeyColumns(mapping, entity, key).ok,
    project: (golden) => {
      // a writer asks twice for the same record: before its intent and after the answer
      const known = projected.get(golden) ?? projectDesired(mapping, types, pick(golden, writable));
      projected.set(golden, known);
      return known;
    },
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
