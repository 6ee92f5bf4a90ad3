import { canonicalDecimal, divideDecimals } from '#canonical';
import type { EntityDescriptor } from '#contracts';
import { keyParts } from './business-key.js';
import type { EntityMapping, FieldMapping } from './mapping.js';
import type { FieldTypes } from './read-mapping.js';
import { isZone } from './zoned-time.js';

type Rule = (field: FieldMapping, type: FieldTypes[string]) => string | null;

/** Every problem of a mapping, each with the path inside it; empty when it can be used. */
export function checkMapping(
  mapping: EntityMapping,
  entity: Pick<EntityDescriptor, 'entity' | 'fields'>,
): readonly string[] {
  const problems = [...checkKey(mapping, entity.entity)];
  if (mapping.source.trim() === '') problems.push('source: must not be empty');
  for (const [name, field] of Object.entries(mapping.fields)) {
    const type = entity.fields[name];
    if (!type) problems.push(`fields.${name}: ${entity.entity} has no such field`);
    else problems.push(...checkField(name, field, type));
  }
  return [...problems, ...checkColumns(mapping)];
}

function checkKey(mapping: EntityMapping, entity: string): string[] {
  const parts = keyParts(entity);
  if (mapping.key.length !== parts.length)
    return [`key: ${entity} needs ${parts.length} (${parts.join(', ')}), got ${mapping.key.length}`];
  if (mapping.key.every((part) => part.startsWith('='))) return ['key: at least one part must be a column'];
  return mapping.key.some((part) => part === '') ? ['key: a part is empty; write "=" for an empty constant'] : [];
}

function checkField(name: string, field: FieldMapping, type: FieldTypes[string]): string[] {
  const problems: string[] = [];
  for (const rule of RULES) {
    const problem = rule(field, type);
    if (problem !== null) problems.push(`fields.${name}.${problem}`);
  }
  return problems;
}

const RULES: readonly Rule[] = [
  (field, type) =>
    typeof field.from !== 'string' && type.type !== 'texts' ? 'from: only texts have a source per locale' : null,
  (field, type) => (field.factor !== undefined && type.type !== 'decimal' ? 'factor: only decimals have one' : null),
  (field) => (field.factor === undefined ? null : checkFactor(field, field.factor)),
  (field, type) => (field.scale !== undefined && type.type !== 'decimal' ? 'scale: only decimals have one' : null),
  ({ scale }) => (scale !== undefined && !isCount(scale) ? 'scale: must be a whole number from 0 to 30' : null),
  ({ maxLength }, type) =>
    maxLength !== undefined && type.type !== 'text' && type.type !== 'texts' ? 'maxLength: only texts have one' : null,
  ({ maxLength }) =>
    maxLength !== undefined && !(Number.isInteger(maxLength) && maxLength > 0) ? 'maxLength: must be 1 or more' : null,
  ({ zone }, type) => (zone !== undefined && type.type !== 'instant' ? 'zone: only instants have one' : null),
  ({ zone }) =>
    zone !== undefined && !isZone(zone) ? `zone: "${zone}" is no IANA zone, for example Europe/Berlin` : null,
  ({ values }, type) => (values && type.type === 'texts' ? 'values: texts have no value map' : null),
  ({ values, readOnly }) =>
    values && !readOnly && new Set(Object.values(values)).size < Object.keys(values).length
      ? 'values: two values of the system mean the same; make the field readOnly or the map one to one'
      : null,
];

function checkFactor(field: FieldMapping, factor: string): string | null {
  const decimal = canonicalDecimal(factor);
  if (decimal === null || decimal === '0') return `factor: "${factor}" must be a decimal number other than 0`;
  const needsScale = !field.readOnly && field.scale === undefined && divideDecimals('1', factor) === null;
  return needsScale ? `factor: dividing by ${factor} does not end; add a scale, or readOnly` : null;
}

function isCount(scale: number): boolean {
  return Number.isInteger(scale) && scale >= 0 && scale <= 30;
}

/** Two fields written to one column would undo each other. A key column may also be a field: its value is the key's. */
function checkColumns(mapping: EntityMapping): string[] {
  const writers = new Map<string, string>();
  const problems: string[] = [];
  for (const [name, field] of Object.entries(mapping.fields)) {
    if (field.readOnly) continue;
    for (const column of typeof field.from === 'string' ? [field.from] : Object.values(field.from)) {
      const other = writers.get(column);
      if (other !== undefined) problems.push(`fields.${name}.from: column "${column}" is also written by ${other}`);
      writers.set(column, `fields.${name}`);
    }
  }
  return problems;
}
