import type { ConnectorContext, EntityMapping } from '#connector-sdk';
import { ENTITIES, type Entity } from '#contracts';
import { HubError } from '#kernel';
import type { TrytonClient } from './client.js';
import type { TrytonConfig } from './config.js';
import { customerEntity } from './customer.js';
import type { EntityTools, TrytonEntity } from './entity.js';
import { priceEntity } from './price.js';
import { productEntity } from './product.js';
import { KEY_COLUMN } from './reading.js';
import type { EntityPlan } from './records.js';
import { stockEntity } from './stock.js';
import { VariantIndex } from './variant-index.js';

/** Columns that hold a text of one language: `name.de`. */
const LANGUAGE_COLUMN = /^name\.(.+)$/;

/** Plans of all mapped entities. @throws HubError HUB_CONFIG_INVALID naming every column that Tryton does not have */
export function planEntities(
  client: TrytonClient,
  context: ConnectorContext<TrytonConfig>,
): ReadonlyMap<Entity, EntityPlan> {
  const variants = new VariantIndex(context.workFolder);
  const plans = new Map<Entity, EntityPlan>();
  for (const [name, mapping] of Object.entries(context.mappings) as [Entity, EntityMapping][]) {
    const { language } = context.config;
    const tools = { client, language, languages: languagesOf(mapping, language) };
    const plan = { name, mapping, descriptor: ENTITIES[name], entity: openEntity(name, tools, variants) };
    const problems = findProblems(plan);
    if (problems.length > 0) throw new HubError('HUB_CONFIG_INVALID', `${name}: ${problems.join('; ')}`);
    plans.set(name, plan);
  }
  return plans;
}

function openEntity(name: Entity, tools: EntityTools, variants: VariantIndex): TrytonEntity {
  switch (name) {
    case 'product':
      return productEntity(tools, variants);
    case 'customer':
      return customerEntity(tools);
    case 'price':
      return priceEntity(tools, variants);
    case 'stock-level':
      return stockEntity(tools, variants);
  }
}

function languagesOf(mapping: EntityMapping, language: string): string[] {
  const named = columnsOf(mapping).flatMap(({ column }) => LANGUAGE_COLUMN.exec(column)?.[1] ?? []);
  return [...new Set(named)].filter((each) => each !== language).sort();
}

function findProblems({ mapping, entity }: EntityPlan): string[] {
  const problems: string[] = [];
  if (mapping.key[0] !== KEY_COLUMN) problems.push(`key: the first part must be "${KEY_COLUMN}"`);
  for (const { name, column, isWritten } of columnsOf(mapping)) {
    const isWritable = entity.columns.get(column);
    if (isWritable === undefined)
      problems.push(`fields.${name}: there is no "${column}", only ${[...entity.columns.keys()].join(', ')}`);
    else if (isWritten && !isWritable) problems.push(`fields.${name}: "${column}" can't be written; add readOnly`);
  }
  return problems;
}

function columnsOf({ fields }: EntityMapping): { name: string; column: string; isWritten: boolean }[] {
  return Object.entries(fields).flatMap(([name, { from, readOnly }]) =>
    (typeof from === 'string' ? [from] : Object.values(from)).map((column) => ({
      name,
      column,
      isWritten: readOnly !== true,
    })),
  );
}
