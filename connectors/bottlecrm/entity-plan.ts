import type { EntityMapping } from '#connector-sdk';
import { ENTITIES, type Entity, type EntityDescriptor } from '#contracts';
import { HubError } from '#kernel';

/** Everything about customers that follows from the configuration alone. */
export interface EntityPlan {
  readonly descriptor: EntityDescriptor;
  readonly mapping: EntityMapping;
  /** Custom field of the account that holds the shared number. */
  readonly keyField: string;
  /** All custom fields that are read or written. */
  readonly customFields: readonly string[];
}

/** Prefix of the columns that the organisation defined itself. */
export const CUSTOM = 'custom_fields.';
/** Columns of an account that the API takes, as text. */
export const WRITABLE: readonly string[] = [
  ...['name', 'email', 'phone', 'website', 'industry', 'currency'],
  ...['address_line', 'city', 'state', 'postcode', 'country', 'description'],
];

/** @throws HubError HUB_CONFIG_INVALID naming everything wrong */
export function planEntities(
  mappings: Readonly<Partial<Record<Entity, EntityMapping>>>,
): ReadonlyMap<Entity, EntityPlan> {
  const plans = new Map<Entity, EntityPlan>();
  for (const [entity, mapping] of Object.entries(mappings) as [Entity, EntityMapping][])
    plans.set(entity, planEntity(entity, mapping));
  return plans;
}

function planEntity(entity: Entity, mapping: EntityMapping): EntityPlan {
  const [keyColumn = ''] = mapping.key;
  const problems = [
    entity === 'customer' ? null : 'BottleCRM is read for customers only',
    mapping.source === 'accounts' ? null : `source: "${mapping.source}" must be accounts`,
    mapping.key.length === 1 && keyColumn.startsWith(CUSTOM)
      ? null
      : 'key: must be one custom field of accounts, for example [custom_fields.customer_number]',
    Object.keys(mapping.options).length === 0 ? null : 'options: there are none',
    ...writtenColumns(mapping).map((column) =>
      isWritable(column) ? null : `fields: "${column}" is not written by the API; make the field readOnly`,
    ),
  ].filter((problem) => problem !== null);
  if (problems.length > 0) throw new HubError('HUB_CONFIG_INVALID', `${entity}: ${problems.join('; ')}.`);
  const columns = [...mapping.key, ...Object.values(mapping.fields).flatMap(({ from }) => toColumns(from))];
  const custom = columns.filter((column) => column.startsWith(CUSTOM)).map(withoutPrefix);
  return {
    descriptor: ENTITIES[entity],
    mapping,
    keyField: withoutPrefix(keyColumn),
    customFields: [...new Set(custom)],
  };
}

/** Name of a custom field of its column. */
export function withoutPrefix(column: string): string {
  return column.slice(CUSTOM.length);
}

function isWritable(column: string): boolean {
  return WRITABLE.includes(column) || column.startsWith(CUSTOM);
}

function writtenColumns(mapping: EntityMapping): string[] {
  return Object.values(mapping.fields)
    .filter(({ readOnly }) => !readOnly)
    .flatMap(({ from }) => toColumns(from));
}

function toColumns(from: string | Readonly<Record<string, string>>): string[] {
  return typeof from === 'string' ? [from] : Object.values(from);
}
