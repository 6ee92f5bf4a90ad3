import { HubError } from '#kernel';
import { RE2JS } from 're2js';
import type { ReplayCondition } from './replay-selection.js';

/**
 * Whether all conditions on fields hold of a record. One on a header never does: a record has none.
 * @throws HubError HUB_REQUEST_INVALID for a pattern that is none
 */
export function compileConditions(where: readonly ReplayCondition[]): (record: object) => boolean {
  const tests = where.map((condition) => (condition.on === 'field' ? testFields(condition) : () => false));
  return (record) => tests.every((test) => test(record));
}

function testFields(condition: ReplayCondition): (record: object) => boolean {
  const isMet = testText(condition);
  const path = condition.name.split('.');
  return (record) => {
    const found = textAt(record, path);
    return found !== null && isMet(found);
  };
}

/** Of the text of a field or header. @throws HubError HUB_REQUEST_INVALID for a pattern that is none */
export function testText({ test, value, name }: ReplayCondition): (text: string) => boolean {
  if (test === 'equals') return (text) => text === value;
  const pattern = compilePattern(value, name);
  return (text) => pattern.test(text);
}

function compilePattern(value: string, name: string): RE2JS {
  try {
    return RE2JS.compile(value);
  } catch (cause) {
    const message = `The pattern for ${name} is not one of RE2 (no look-around, no back-references).`;
    throw new HubError('HUB_REQUEST_INVALID', message, { name }, { cause });
  }
}

/** A value as text: numbers in decimal; null where there is none, and for lists and records. */
function textAt(record: object, path: readonly string[]): string | null {
  let found: unknown = record;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return null;
    found = found instanceof Map ? (found.get(name) as unknown) : ownProperty(found, name);
  }
  if (typeof found === 'string') return found;
  return typeof found === 'number' || typeof found === 'bigint' || typeof found === 'boolean' ? String(found) : null;
}

function ownProperty(found: object, name: string): unknown {
  return Object.hasOwn(found, name) ? (found as Record<string, unknown>)[name] : null;
}
