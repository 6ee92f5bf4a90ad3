import { ENTITIES, type Entity } from '#contracts';
import { isSystemId } from '#kernel';
import type { HubEntityMapping, HubSystem } from './hub-file.js';
import { readEntityMapping } from './read-mapping.js';
import { suggest } from './suggest.js';
import { readAnyMap, readText, readWord } from './yaml-values.js';
import type { Place, YamlReader } from './yaml-reader.js';

/** What is known of a connector kind. */
export interface ConnectorKind {
  readonly id: string;
  /** Problems of a system's `config`, by path below it. */
  findConfigProblems?(
    config: Readonly<Record<string, unknown>>,
  ): readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}

const SYSTEM_FIELDS = ['connector', 'mode', 'config', 'entities'] as const;

/** The entity of a name, or null with the problem reported. */
export function readEntityName(reader: YamlReader, name: string, key: Place): Entity | null {
  if (Object.hasOwn(ENTITIES, name)) return name as Entity;
  reader.report(key, `Unknown entity "${name}".`, suggest(name, Object.keys(ENTITIES)));
  return null;
}

/** All systems, in the order of the file. Without `kinds` any connector name is taken. */
export function readSystems(reader: YamlReader, place: Place, kinds?: readonly ConnectorKind[]): readonly HubSystem[] {
  const systems: HubSystem[] = [];
  for (const { name, key, value } of reader.entries(place)) {
    if (isSystemId(name)) systems.push({ id: name, ...readSystem(reader, value, kinds) });
    else
      reader.report(
        key,
        `"${name}" can't be the name of a system.`,
        'Use up to 32 lower-case letters, digits and dashes, a letter first; "hub" and "golden" are taken.',
      );
  }
  return systems;
}

function readSystem(reader: YamlReader, place: Place, kinds?: readonly ConnectorKind[]): Omit<HubSystem, 'id'> {
  const found = reader.object(place, SYSTEM_FIELDS, ['connector', 'entities']);
  const config = found.config ? readAnyMap(reader, found.config) : {};
  const kind = found.connector ? readKind(reader, found.connector, kinds) : null;
  if (kind) checkConfig(reader, kind, found.config ?? place, config);
  return {
    connector: found.connector ? readText(reader, found.connector) : '',
    mode: found.mode ? readWord(reader, found.mode, ['observe', 'write']) : 'observe',
    config,
    entities: found.entities ? readEntities(reader, found.entities) : {},
  };
}

function readKind(reader: YamlReader, place: Place, kinds?: readonly ConnectorKind[]): ConnectorKind | null {
  if (!kinds) return null;
  const id = readWord(
    reader,
    place,
    kinds.map((kind) => kind.id),
  );
  return kinds.find((kind) => kind.id === id) ?? null;
}

function checkConfig(reader: YamlReader, kind: ConnectorKind, place: Place, config: HubSystem['config']): void {
  for (const { path, message } of kind.findConfigProblems?.(config) ?? []) reportConfig(reader, place, path, message);
}

/** Points at the deepest part of the path that exists in the file. */
function reportConfig(reader: YamlReader, config: Place, path: readonly PropertyKey[], message: string): void {
  let at = config;
  for (const step of path) {
    const next = reader.find(at, step);
    if (!next) break;
    at = next;
  }
  const rest = path.map(String).join('.');
  reader.report(
    at,
    rest === '' ? message : `${rest}: ${message}`,
    'See the README of this connector for its settings.',
  );
}

function readEntities(reader: YamlReader, place: Place): Readonly<Partial<Record<Entity, HubEntityMapping>>> {
  const entities: Partial<Record<Entity, HubEntityMapping>> = {};
  for (const { name, key, value } of reader.entries(place)) {
    const entity = readEntityName(reader, name, key);
    if (entity) entities[entity] = readEntityMapping(reader, entity, value);
  }
  return entities;
}
