import { ENTITIES, type Entity, type GoldenEvent } from '#contracts';
import { HubError, parseInstant, type CanonicalFields, type Instant } from '#kernel';
import { compileConditions } from './field-conditions.js';
import type { ReplayCondition } from './replay-selection.js';

/** What of a topic a store is seeded with. */
export interface SeedShape {
  /** Conditions on the key and the canonical fields, all of which must hold; the form is that of a replay's. */
  readonly where: readonly ReplayCondition[];
  /** Canonical fields that the store holds; null for all. */
  readonly fields: readonly string[] | null;
  /** The state as it was at this time; null for the present, which can be followed. */
  readonly asOf: Instant | null;
  /** Where its first state comes from: the sources of truth, or, when absent, the topic. */
  readonly from?: 'sources';
}

/** Everything, as it is now. */
export const WHOLE: SeedShape = { where: [], fields: null, asOf: null };

/** How events are seen through a shape. */
export interface SeedView {
  /** Names of the fields of every row, in the entity's order. */
  readonly names: readonly string[];
  /** False for an event that is later than the shape's time: for the store it has not happened. */
  hasHappened(event: GoldenEvent): boolean;
  /** Whether the store wants the record; `fields` has every canonical field. A record that it no longer wants is deleted there. */
  wants(key: string, fields: CanonicalFields): boolean;
}

/** Text that is the same for the same shape; empty for {@link WHOLE}, also of stores that were seeded before shapes were kept. */
export function shapeText({ where, fields, asOf, from }: SeedShape): string {
  if (where.length === 0 && fields === null && asOf === null && !from) return '';
  const conditions = where.map(({ on, name, test, value }) => JSON.stringify([on, name, test, value])).sort();
  return JSON.stringify([conditions, fields && [...fields].sort(), asOf, ...(from ? [from] : [])]);
}

/** A sentence for people: `brand equals Acme; fields name, weight`. */
export function describeShape({ where, fields, asOf, from }: SeedShape): string {
  const parts = where.map(({ name, test, value }) => `${name} ${test} ${value}`);
  if (fields) parts.push(`fields ${fields.join(', ')}`);
  if (asOf !== null) parts.push(`as of ${asOf}`);
  const text = parts.length > 0 ? parts.join('; ') : 'everything';
  return from ? `${text}, from the sources` : text;
}

/**
 * Compiles a shape for an entity. @throws HubError HUB_REQUEST_INVALID for fields that the entity does not have, conditions on
 * headers, patterns that are none
 */
export function compileShape(entity: Entity, { where, fields, asOf, from }: SeedShape): SeedView {
  const known = Object.keys(ENTITIES[entity].fields);
  assertKnown(entity, known, fields ?? []);
  assertKnown(
    entity,
    [...known, 'key'],
    where.map(({ name }) => name.split('.')[0] ?? ''),
  );
  if (where.some(({ on }) => on === 'header')) throw invalid('A seed is chosen by fields, not by headers.');
  if (asOf !== null && parseInstant(asOf) !== asOf) throw invalid(`"${asOf}" is no time with six decimals in UTC.`);
  if (from && asOf !== null)
    throw invalid('Sources tell what is, not what was: leave out the time, or seed from the topic.');
  const areMet = compileConditions(where);
  return {
    names: fields === null ? known : known.filter((name) => fields.includes(name)),
    hasHappened: ({ changedAt }) => asOf === null || changedAt <= asOf,
    wants: (key, all) => where.length === 0 || areMet({ key, ...all }),
  };
}

function assertKnown(entity: Entity, known: readonly string[], names: readonly string[]): void {
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw invalid(`${entity} has no field ${unknown.join(', ')}; there are ${known.join(', ')}.`);
}

function invalid(message: string): HubError {
  return new HubError('HUB_REQUEST_INVALID', message);
}
