import { ENTITIES, type Entity } from '#contracts';
import type { HubFile } from './hub-file.js';
import { readEntityName } from './read-systems.js';
import { suggest } from './suggest.js';
import { readTexts } from './yaml-values.js';
import type { Place, YamlReader } from './yaml-reader.js';

/** Fields that have few values in most shops. */
const DEFAULT_CATEGORIES: Readonly<Partial<Record<Entity, readonly string[]>>> = {
  product: ['category', 'brand'],
  price: ['currency'],
  customer: ['country', 'priceGroup'],
};
const MAX_CATEGORIES = 8;

/** Golden fields by whose values drift of an entity is told apart. */
export function categoriesOf(file: HubFile, entity: Entity): readonly string[] {
  return file.reconcile.categories?.[entity] ?? DEFAULT_CATEGORIES[entity] ?? [];
}

/** `reconcile.categories`: fields by entity; an entity that is not named keeps its default. */
export function readCategories(reader: YamlReader, place: Place): Partial<Record<Entity, readonly string[]>> {
  const categories: Partial<Record<Entity, readonly string[]>> = {};
  for (const { name, key, value } of reader.entries(place)) {
    const entity = readEntityName(reader, name, key);
    if (entity) categories[entity] = readFields(reader, entity, value);
  }
  return categories;
}

function readFields(reader: YamlReader, entity: Entity, place: Place): readonly string[] {
  const fields = ENTITIES[entity].fields;
  const named = readTexts(reader, place);
  if (named.length > MAX_CATEGORIES)
    reader.report(place, `${named.length} fields are too many.`, `Name at most ${MAX_CATEGORIES}.`);
  for (const { text, at } of named) {
    const type = Object.hasOwn(fields, text) ? fields[text]?.type : undefined;
    if (type === undefined) reader.report(at, `${entity} has no field "${text}".`, suggest(text, Object.keys(fields)));
    else if (type !== 'text' && type !== 'boolean')
      reader.report(at, `"${text}" is no category.`, 'Name fields that are a text or true and false, with few values.');
  }
  return named.map(({ text }) => text);
}
