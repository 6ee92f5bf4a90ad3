import { ENTITIES, type Entity } from '#contracts';
import type { LiveLimits, RepairLimits } from './hub-file.js';
import { readEntityName } from './read-systems.js';
import { suggest } from './suggest.js';
import { readDurationMs, readNumber, type NumberRange } from './yaml-values.js';
import type { Place, YamlReader } from './yaml-reader.js';

/** Both kinds of limits, complete. */
export interface AllLimits {
  readonly live: Readonly<Record<Entity, LiveLimits>>;
  readonly repair: Readonly<Record<Entity, RepairLimits>>;
}

const REPAIR_DEFAULT: RepairLimits = {
  maxChangedShare: 0.02,
  minChanged: 50,
  maxDeleteShare: 0.005,
  minDeletes: 5,
  maxShrinkShare: 0.02,
};
const LIVE_DEFAULT: LiveLimits = {
  windowMs: 60_000,
  maxChangedShare: 0.2,
  minChanged: 500,
  maxDeleteShare: 0.005,
  minDeletes: 5,
  toZero: {},
  changedBy: {},
};
const LIVE_DEFAULTS: Readonly<Partial<Record<Entity, LiveLimits>>> = {
  price: { ...LIVE_DEFAULT, toZero: { amount: { max: 10 } }, changedBy: { amount: { percent: 50, max: 100 } } },
};
const SHARE: NumberRange = { min: 0, max: 1 };
const COUNT: NumberRange = { min: 0, max: 1_000_000_000, whole: true };
const DAY_MS = 24 * 60 * 60_000;
const PERCENT: NumberRange = { min: 0.01, max: 1_000_000 };

/** Limits with the defaults of the architecture for what the file leaves out. */
export function readLimits(reader: YamlReader, place: Place | undefined): AllLimits {
  const found = place ? reader.object(place, ['live', 'repair']) : {};
  const live = found.live ? readByEntity(reader, found.live, readLive) : {};
  const repair = found.repair ? readByEntity(reader, found.repair, readRepair) : {};
  return {
    live: forAll((entity) => ({ ...(LIVE_DEFAULTS[entity] ?? LIVE_DEFAULT), ...live[entity] })),
    repair: forAll((entity) => ({ ...REPAIR_DEFAULT, ...repair[entity] })),
  };
}

function forAll<T>(limitsOf: (entity: Entity) => T): Readonly<Record<Entity, T>> {
  const entities = Object.keys(ENTITIES) as Entity[];
  return Object.fromEntries(entities.map((entity) => [entity, limitsOf(entity)])) as Record<Entity, T>;
}

function readByEntity<T>(
  reader: YamlReader,
  place: Place,
  read: (reader: YamlReader, entity: Entity, place: Place) => T,
): Partial<Record<Entity, T>> {
  const limits: Partial<Record<Entity, T>> = {};
  for (const { name, key, value } of reader.entries(place)) {
    const entity = readEntityName(reader, name, key);
    if (entity) limits[entity] = read(reader, entity, value);
  }
  return limits;
}

const NUMBERS = { maxChangedShare: SHARE, minChanged: COUNT, maxDeleteShare: SHARE, minDeletes: COUNT } as const;

function readNumbers<K extends string>(
  reader: YamlReader,
  found: Partial<Record<K, Place>>,
  ranges: Readonly<Partial<Record<K, NumberRange>>>,
): Partial<Record<K, number>> {
  const values: Partial<Record<K, number>> = {};
  for (const [name, range] of Object.entries(ranges) as [K, NumberRange][]) {
    const place = found[name];
    if (place) values[name] = readNumber(reader, place, range);
  }
  return values;
}

function readRepair(reader: YamlReader, _entity: Entity, place: Place): Partial<RepairLimits> {
  const ranges = { ...NUMBERS, maxShrinkShare: SHARE };
  return readNumbers(reader, reader.object(place, Object.keys(ranges) as (keyof RepairLimits)[]), ranges);
}

function readLive(reader: YamlReader, entity: Entity, place: Place): Partial<LiveLimits> {
  const numberNames = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];
  const found = reader.object(place, [...numberNames, 'window', 'toZero', 'changedBy']);
  const numbers = readNumbers<keyof typeof NUMBERS>(reader, found, NUMBERS);
  return {
    ...numbers,
    ...(found.window && { windowMs: readWindowMs(reader, found.window) }),
    ...(found.toZero && { toZero: readByField(reader, entity, found.toZero, { max: COUNT }) }),
    ...(found.changedBy && {
      changedBy: readByField(reader, entity, found.changedBy, { percent: PERCENT, max: COUNT }),
    }),
  };
}

function readWindowMs(reader: YamlReader, place: Place): number {
  const ms = readDurationMs(reader, place);
  if (ms > DAY_MS) reader.report(place, 'This is too long.', 'Write a duration from 1s to 1d.');
  return ms;
}

function readByField<K extends string>(
  reader: YamlReader,
  entity: Entity,
  place: Place,
  ranges: Readonly<Record<K, NumberRange>>,
): Readonly<Record<string, Readonly<Record<K, number>>>> {
  const limits: Record<string, Readonly<Record<K, number>>> = {};
  const names = Object.keys(ranges) as K[];
  for (const { name, key, value } of reader.entries(place))
    if (isDecimalField(reader, entity, name, key))
      limits[name] = readNumbers(reader, reader.object(value, names, names), ranges) as Record<K, number>;
  return limits;
}

function isDecimalField(reader: YamlReader, entity: Entity, name: string, key: Place): boolean {
  const fields = Object.entries(ENTITIES[entity].fields);
  const decimals = fields.filter(([, descriptor]) => descriptor.type === 'decimal').map(([field]) => field);
  const isKnown = decimals.includes(name);
  if (!isKnown) reader.report(key, `${entity} has no decimal field "${name}".`, suggest(name, decimals));
  return isKnown;
}
