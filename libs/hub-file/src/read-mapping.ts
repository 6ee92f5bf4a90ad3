import { ENTITIES, type Entity, type FieldDescriptor } from '#contracts';
import { isMap, isScalar } from 'yaml';
import type { HubEntityMapping, HubFieldMapping } from './hub-file.js';
import { suggest } from './suggest.js';
import {
  readAnyMap,
  readBoolean,
  readExpandedText,
  readNumber,
  readPattern,
  readText,
  readTexts,
} from './yaml-values.js';
import type { Place, YamlReader } from './yaml-reader.js';

const DECIMAL = /^(?=.*[1-9])\d{1,20}(\.\d{1,20})?$/;
const LOCALE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;
const MAPPING_FIELDS = ['from', 'factor', 'values', 'scale', 'maxLength', 'zone', 'readOnly'] as const;
type MappingPlaces = Partial<Record<(typeof MAPPING_FIELDS)[number], Place>>;

/** Mapping of one entity of one system. */
export function readEntityMapping(reader: YamlReader, entity: Entity, place: Place): HubEntityMapping {
  const found = reader.object(place, ['source', 'key', 'fields', 'options'], ['source', 'key', 'fields']);
  const key = found.key ? readTexts(reader, found.key).map(({ text }) => text) : [];
  if (found.key && key.length === 0)
    reader.report(found.key, 'The key has no column.', 'Write for example key: [sku], or key: [sku, "=main"].');
  return {
    source: found.source ? readExpandedText(reader, found.source) : '',
    key,
    fields: found.fields ? readFields(reader, entity, found.fields) : {},
    options: found.options ? readAnyMap(reader, found.options) : {},
  };
}

function readFields(reader: YamlReader, entity: Entity, place: Place): Readonly<Record<string, HubFieldMapping>> {
  const known = ENTITIES[entity].fields;
  const fields: Record<string, HubFieldMapping> = {};
  const columns = new Map<string, string>();
  for (const { name, key, value } of reader.entries(place)) {
    const descriptor = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!descriptor) {
      reader.report(key, `The entity ${entity} has no field "${name}".`, suggest(name, Object.keys(known)));
      continue;
    }
    const mapping = readFieldMapping(reader, descriptor, value);
    fields[name] = mapping;
    if (!mapping.readOnly) claimColumns(reader, columns, { name, place: value, from: mapping.from });
  }
  return fields;
}

/** Two fields written to one column would overwrite each other for ever. */
function claimColumns(
  reader: YamlReader,
  columns: Map<string, string>,
  field: { readonly name: string; readonly place: Place; readonly from: HubFieldMapping['from'] },
): void {
  for (const column of typeof field.from === 'string' ? [field.from] : Object.values(field.from)) {
    const other = columns.get(column);
    if (other === undefined) columns.set(column, field.name);
    else if (column !== '')
      reader.report(
        field.place,
        `"${field.name}" and "${other}" are both written to "${column}".`,
        'Map one of them elsewhere, or mark it readOnly: true.',
      );
  }
}

function readFieldMapping(reader: YamlReader, descriptor: FieldDescriptor, place: Place): HubFieldMapping {
  if (place.node === null || !isMap(place.node)) return { from: readText(reader, place) };
  const found = reader.object(place, MAPPING_FIELDS, ['from']);
  refuseUnfitting(reader, descriptor, found);
  return {
    from: found.from ? readFrom(reader, descriptor, found.from) : '',
    ...(found.factor && {
      factor: readPattern(reader, found.factor, DECIMAL, "Write a decimal, for example '0.001'."),
    }),
    ...(found.values && { values: readTextMap(reader, found.values) }),
    ...(found.scale && {
      scale: readNumber(reader, found.scale, { min: 0, max: 30, whole: true }),
    }),
    ...(found.maxLength && {
      maxLength: readNumber(reader, found.maxLength, { min: 1, max: 10_000_000, whole: true }),
    }),
    ...(found.zone && { zone: readZone(reader, found.zone) }),
    ...(found.readOnly && { readOnly: readBoolean(reader, found.readOnly) }),
  };
}

/** Settings that say nothing for a field of this type would be silently ignored; refuse them. */
function refuseUnfitting(reader: YamlReader, descriptor: FieldDescriptor, found: MappingPlaces): void {
  const fitting: Readonly<Record<string, readonly string[]>> = {
    factor: ['decimal'],
    scale: ['decimal'],
    zone: ['instant'],
    maxLength: ['text', 'texts'],
    values: ['text', 'boolean', 'decimal', 'instant'],
  };
  for (const [name, types] of Object.entries(fitting)) {
    const place = found[name as keyof MappingPlaces];
    if (place && !types.includes(descriptor.type))
      reader.report(place, `"${name}" has no meaning for a ${descriptor.type} field.`, 'Remove it.');
  }
}

function readFrom(reader: YamlReader, descriptor: FieldDescriptor, place: Place): HubFieldMapping['from'] {
  if (place.node !== null && isScalar(place.node)) return readText(reader, place);
  if (descriptor.type !== 'texts') {
    reader.reportType(place, 'one column');
    return '';
  }
  for (const { name, key } of reader.entries(place))
    if (!LOCALE.test(name)) reader.report(key, `"${name}" is no locale.`, 'Write for example de, en or pt-BR.');
  return readTextMap(reader, place);
}

function readTextMap(reader: YamlReader, place: Place): Readonly<Record<string, string>> {
  return Object.fromEntries(reader.entries(place).map(({ name, value }) => [name, readText(reader, value)]));
}

function readZone(reader: YamlReader, place: Place): string {
  const zone = readText(reader, place);
  if (zone !== '' && !isZone(zone))
    reader.report(place, `"${zone}" is no time zone.`, 'Write an IANA name, for example Europe/Berlin.');
  return zone;
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) instanceof Intl.DateTimeFormat;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
