import type { EntityMapping } from '#connector-sdk';
import { ENTITIES, type Entity, type EntityDescriptor } from '#contracts';
import { HubError } from '#kernel';
import { SHAPES, type Shape } from './shapes.js';
import type { Shop } from './shop.js';

/** Everything about one entity that follows from the configuration alone. */
export interface EntityPlan {
  readonly entity: Entity;
  readonly descriptor: EntityDescriptor;
  readonly mapping: EntityMapping;
  readonly shape: Shape;
  /** Columns that are read, of key and fields. */
  readonly columns: readonly string[];
  /** Whether fields of Vendure's own product are mapped; they are asked for apart. */
  readonly readsProduct: boolean;
  /** Filter of the list that finds records by key, and the column it is compared with; null where there is none. */
  readonly search: { readonly column: string; readonly filter: string } | null;
}

/** Plans of all mapped entities. @throws HubError HUB_CONFIG_INVALID naming every wrong column */
export function planEntities(
  mappings: Readonly<Partial<Record<Entity, EntityMapping>>>,
): ReadonlyMap<Entity, EntityPlan> {
  const plans = new Map<Entity, EntityPlan>();
  for (const [entity, mapping] of Object.entries(mappings) as [Entity, EntityMapping][])
    plans.set(entity, planEntity(entity, mapping));
  return plans;
}

/** Problems that only the server's own configuration shows: custom fields and languages that it lacks. */
export function findMissingColumns(plan: EntityPlan, shop: Shop): string[] {
  return plan.columns.flatMap((column) => {
    const field = customFieldOf(column);
    if (field !== null && !hasField(shop, plan, column, field))
      return [`${plan.entity}: the server has no custom field "${field}" (${column}); add it to its customFields.`];
    const language = /^(?:product\.)?(?:name|description|slug)\.(\w+)$/.exec(column)?.[1];
    if (language !== undefined && !shop.languages.includes(language))
      return [`${plan.entity}: the server has no language "${language}" (${column}); add it to its languages.`];
    return [];
  });
}

/** Name of the custom field in a column; null for every other column. */
export function customFieldOf(column: string): string | null {
  return /^(?:product\.)?customFields\.(\w+)$/.exec(column)?.[1] ?? null;
}

function hasField(shop: Shop, { shape }: EntityPlan, column: string, field: string): boolean {
  const own = shape.list === 'customers' ? 'Customer' : 'ProductVariant';
  const fields = shop.customFields[column.startsWith('product.') ? 'Product' : own] ?? [];
  return fields.some(({ name }) => name === field);
}

function planEntity(entity: Entity, mapping: EntityMapping): EntityPlan {
  const shape = SHAPES[entity];
  const key = mapping.key.filter((part) => !part.startsWith('='));
  const fields = Object.entries(mapping.fields).flatMap(([name, { from, readOnly }]) =>
    (typeof from === 'string' ? [from] : Object.values(from)).map((column) => ({ name, column, readOnly })),
  );
  const problems = fields.flatMap(({ name, column, readOnly }) => {
    if (fits(shape.writable, column)) return [];
    if (!fits(shape.readable, column)) return [`fields.${name}: Vendure has no "${column}"`];
    return readOnly === true || key.includes(column) ? [] : [`fields.${name}: "${column}" is only read; add readOnly`];
  });
  const unknownKeys = key.filter((column) => !fits([...shape.writable, ...shape.readable], column));
  problems.push(...unknownKeys.map((column) => `key: Vendure has no "${column}"`));
  if (problems.length > 0) throw new HubError('HUB_CONFIG_INVALID', `${entity}: ${problems.join('; ')}`);
  const columns = [...new Set([...key, ...fields.map(({ column }) => column)])].sort();
  return {
    entity,
    descriptor: ENTITIES[entity],
    mapping,
    shape,
    columns,
    readsProduct: columns.some((column) => column.startsWith('product.') && column !== 'product.id'),
    search: findSearch(shape, key),
  };
}

function findSearch(shape: Shape, key: readonly string[]): EntityPlan['search'] {
  for (const column of key) {
    const filter = shape.search[column] ?? (column.startsWith('customFields.') ? customFieldOf(column) : null);
    if (filter !== null) return { column, filter };
  }
  return null;
}

function fits(columns: readonly string[], column: string): boolean {
  return columns.some((known) => (known.endsWith('.') ? column.startsWith(known) : column === known));
}
