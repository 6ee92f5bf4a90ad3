import { hash } from 'node:crypto';
import type { EntityMapping } from '#connector-sdk';
import { ENTITIES, type Entity, type EntityDescriptor } from '#contracts';
import { HubError } from '#kernel';
import { z } from 'zod';

/** Settings of one entity in the hub file (`options`). */
export const entityOptionsSchema = z.strictObject({
  /** Column that identifies a row; its text is the external id. Default: the first column of the key. */
  id: z.string().min(1).optional(),
  /** Time of the last change, set by the table's own default and trigger. Without it the table is scanned. */
  changedAt: z.string().min(1).optional(),
  /** Longer than the longest transaction that writes the table, plus the clock lag of whoever sets `changedAt`. */
  overlapMs: z.int().min(1_000).max(86_400_000).default(30_000),
  /** `xmin` (tables of PostgreSQL), `digest`, a column with a rising whole number, or `none`. */
  version: z.string().min(1).optional(),
  /** Zone of `changedAt` where the column has no offset. */
  zone: z.string().min(1).default('UTC'),
  /** Sets `changedAt` to the time of our writes, for tables that have no trigger of their own. */
  touch: z.boolean().default(false),
});

export type EntityOptions = z.infer<typeof entityOptionsSchema>;

/** Where rows come from: a table by its quoted or unquoted path, or a query, which can't be written. */
export type RelationSource =
  { readonly kind: 'table'; readonly path: readonly string[] } | { readonly kind: 'query'; readonly sql: string };

/** What a row's version is. */
export type VersionSource =
  { readonly kind: 'xmin' | 'digest' | 'none' } | { readonly kind: 'column'; readonly column: string };

/** Everything about one entity that follows from the configuration alone. */
export interface EntityPlan {
  readonly entity: Entity;
  readonly descriptor: EntityDescriptor;
  readonly mapping: EntityMapping;
  readonly options: EntityOptions;
  readonly source: RelationSource;
  readonly version: VersionSource;
  readonly idColumn: string;
  /** Every column that is read, in a fixed order. */
  readonly columns: readonly string[];
}

const QUERY = /^(?:query:\s*)?((?:select|with)\s[\s\S]*?);?\s*$/i;
const VERSION_WORDS = new Set(['xmin', 'digest', 'none']);

/**
 * Plans of all mapped entities; `defaultVersion` counts for tables and views.
 * @throws HubError HUB_CONFIG_INVALID naming every wrong option
 */
export function planEntities(
  mappings: Readonly<Partial<Record<Entity, EntityMapping>>>,
  defaultVersion: string,
): ReadonlyMap<Entity, EntityPlan> {
  const plans = new Map<Entity, EntityPlan>();
  for (const [entity, mapping] of Object.entries(mappings) as [Entity, EntityMapping][])
    plans.set(entity, planEntity(entity, mapping, defaultVersion));
  return plans;
}

/** All columns that a statement may name, each once. */
export function namedColumns({ idColumn, columns, options, version }: EntityPlan): string[] {
  const extra = [options.changedAt, version.kind === 'column' ? version.column : undefined];
  return [...new Set([idColumn, ...columns, ...extra.filter((name) => name !== undefined)])];
}

/** Version of a row's digest: the dialect's rules, and what it covers. */
export function digestVersion({ idColumn, columns }: EntityPlan, rules: string): string {
  const covered = hash('md5', JSON.stringify([idColumn, ...columns]), 'hex').slice(0, 8);
  return `${rules}.${covered}`;
}

function planEntity(entity: Entity, mapping: EntityMapping, defaultVersion: string): EntityPlan {
  const options = parseOptions(entity, mapping);
  const query = QUERY.exec(mapping.source)?.[1];
  const idColumn = options.id ?? mapping.key.find((part) => !part.startsWith('='));
  if (idColumn === undefined)
    throw new HubError('HUB_CONFIG_INVALID', `${entity}: the key has no column; name one in options.id.`);
  const version = options.version ?? (query === undefined ? defaultVersion : 'none');
  return {
    entity,
    descriptor: ENTITIES[entity],
    mapping,
    options,
    source: query === undefined ? { kind: 'table', path: toPath(mapping.source) } : { kind: 'query', sql: query },
    version: VERSION_WORDS.has(version)
      ? { kind: version as 'xmin' | 'digest' | 'none' }
      : { kind: 'column', column: version },
    idColumn,
    columns: [...new Set([...keyColumns(mapping), ...fieldColumns(mapping)])].sort(),
  };
}

function parseOptions(entity: Entity, mapping: EntityMapping): EntityOptions {
  const parsed = entityOptionsSchema.safeParse(mapping.options);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `options.${issue.path.join('.')}: ${issue.message}`);
  throw new HubError('HUB_CONFIG_INVALID', `${entity}: ${problems.join('; ')}`);
}

function keyColumns(mapping: EntityMapping): string[] {
  return mapping.key.filter((part) => !part.startsWith('='));
}

function fieldColumns(mapping: EntityMapping): string[] {
  return Object.values(mapping.fields).flatMap(({ from }) => (typeof from === 'string' ? [from] : Object.values(from)));
}

/** `sales.article` is a schema and a table; `"odd.name"` is one table. */
function toPath(source: string): string[] {
  const parts = source.trim().match(/"(?:[^"]|"")+"|[^."]+/g) ?? [source];
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part));
}
