import { recordDigestSql } from '#canonical';
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
  /** `xmin` (tables), a column with a rising whole number, or `none` (views without such a column). */
  version: z.string().min(1).optional(),
  /** Zone of `changedAt` where the column has no offset. */
  zone: z.string().min(1).default('UTC'),
  /** Sets `changedAt` to the time of our writes, for tables that have no trigger of their own. */
  touch: z.boolean().default(false),
});

export type EntityOptions = z.infer<typeof entityOptionsSchema>;

/** Everything about one entity that follows from the configuration alone; SQL parts are quoted. */
export interface EntityPlan {
  readonly entity: Entity;
  readonly descriptor: EntityDescriptor;
  readonly mapping: EntityMapping;
  readonly options: EntityOptions;
  /** Table name or parenthesised query, as it stands after FROM; its alias is `t`. */
  readonly relation: string;
  /** A query can't be written. */
  readonly isQuery: boolean;
  readonly idColumn: string;
  /** Every column that is read, in a fixed order. */
  readonly columns: readonly string[];
  /** SQL of the version as text, or `NULL`. */
  readonly versionSql: string;
  /** SQL of the row digest. It covers the id, so that values which two rows swap are noticed. */
  readonly digestSql: string;
}

/** Names of what every row carries besides its columns. */
export const ROW = { id: '#id', version: '#version', at: '#at', digest: '#digest', write: '#n' } as const;

const QUERY = /^(?:query:\s*)?((?:select|with)\s[\s\S]*?);?\s*$/i;

/** Plans of all mapped entities. @throws HubError HUB_CONFIG_INVALID naming every wrong option */
export function planEntities(
  mappings: Readonly<Partial<Record<Entity, EntityMapping>>>,
): ReadonlyMap<Entity, EntityPlan> {
  const plans = new Map<Entity, EntityPlan>();
  for (const [entity, mapping] of Object.entries(mappings) as [Entity, EntityMapping][])
    plans.set(entity, planEntity(entity, mapping));
  return plans;
}

function planEntity(entity: Entity, mapping: EntityMapping): EntityPlan {
  const options = parseOptions(entity, mapping);
  const query = QUERY.exec(mapping.source)?.[1];
  const idColumn = options.id ?? mapping.key.find((part) => !part.startsWith('='));
  if (idColumn === undefined)
    throw new HubError('HUB_CONFIG_INVALID', `${entity}: the key has no column; name one in options.id.`);
  const columns = [...new Set([...keyColumns(mapping), ...fieldColumns(mapping)])].sort();
  const digested = [
    { name: ROW.id, expression: `t.${quote(idColumn)}`, type: 'raw' as const },
    ...columns.map((name) => ({ name, expression: `t.${quote(name)}`, type: 'raw' as const })),
  ];
  return {
    entity,
    descriptor: ENTITIES[entity],
    mapping,
    options,
    relation: query === undefined ? quotePath(mapping.source) : `(${query})`,
    isQuery: query !== undefined,
    idColumn,
    columns,
    versionSql: versionSql(options, query !== undefined),
    digestSql: recordDigestSql(digested),
  };
}

/** Quotes an identifier. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Select list of a record; `t` is the relation. */
export function selectList(plan: EntityPlan): string {
  const at = plan.options.changedAt;
  return [
    ...plan.columns.map((name) => `t.${quote(name)}::text AS ${quote(name)}`),
    `t.${quote(plan.idColumn)}::text AS ${quote(ROW.id)}`,
    `${plan.versionSql} AS ${quote(ROW.version)}`,
    `${at === undefined ? 'NULL' : `t.${quote(at)}`}::text AS ${quote(ROW.at)}`,
    `${plan.digestSql} AS ${quote(ROW.digest)}`,
  ].join(', ');
}

function parseOptions(entity: Entity, mapping: EntityMapping): EntityOptions {
  const parsed = entityOptionsSchema.safeParse(mapping.options);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `options.${issue.path.join('.')}: ${issue.message}`);
  throw new HubError('HUB_CONFIG_INVALID', `${entity}: ${problems.join('; ')}`);
}

function versionSql(options: EntityOptions, isQuery: boolean): string {
  const version = options.version ?? (isQuery ? 'none' : 'xmin');
  if (version === 'none') return 'NULL::text';
  return version === 'xmin' ? 't.xmin::text' : `t.${quote(version)}::text`;
}

function keyColumns(mapping: EntityMapping): string[] {
  return mapping.key.filter((part) => !part.startsWith('='));
}

function fieldColumns(mapping: EntityMapping): string[] {
  return Object.values(mapping.fields).flatMap(({ from }) => (typeof from === 'string' ? [from] : Object.values(from)));
}

/** `sales.article` is a schema and a table; `"odd.name"` is one table. */
function quotePath(source: string): string {
  const parts = source.trim().match(/"(?:[^"]|"")+"|[^."]+/g) ?? [source];
  return parts.map((part) => (part.startsWith('"') ? part : quote(part))).join('.');
}
