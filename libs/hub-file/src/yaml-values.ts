import { isMap, isScalar, isSeq } from 'yaml';
import { parseDurationMs } from './duration.js';
import { expandReferences } from './references.js';
import { suggest } from './suggest.js';
import type { Place, YamlReader } from './yaml-reader.js';

const MAX_DEPTH = 16;
const CLOSED_HINTS: Readonly<Record<string, string>> = {
  sealed: 'Set SECRET_KEYS, or seal it for this very field: `plumbline secrets seal`.',
  vault: 'Write the path in its API and the field: ${vault:secret/data/erp#password}.',
  file: 'Is the file there, and may this process read it?',
};

/** A text as written, without references; numbers and booleans count as their text. Safe to repeat in a problem. */
export function readText(reader: YamlReader, place: Place): string {
  const { node } = place;
  const value = node !== null && isScalar(node) ? node.value : null;
  if (typeof value === 'string') return value;
  if (node !== null && isScalar(node) && value !== null && node.source !== undefined) return node.source;
  reader.reportType(place, 'a text');
  return '';
}

/** A text with its references replaced; never to be repeated in a problem. */
export function readExpandedText(reader: YamlReader, place: Place): string {
  return expand(reader, place, readText(reader, place));
}

function expand(reader: YamlReader, place: Place, source: string): string {
  const expanded = expandReferences(source, reader.references, place.path);
  for (const inside of expanded.malformed)
    reader.report(place, `"\${${inside}" is no reference.`, 'Write ${NAME}, ${NAME:-default}, or $${ for a plain ${.');
  for (const name of reader.references.unset === 'problem' ? expanded.missing : [])
    reader.report(
      place,
      `The environment variable ${name} is not set.`,
      `Set ${name}, or write \${${name}:-default} here.`,
    );
  for (const scheme of reader.references.unset === 'problem' ? expanded.closed : [])
    reader.report(place, `The secret of ${scheme} can't be had here.`, CLOSED_HINTS[scheme] ?? 'Look at its source.');
  return expanded.text;
}

/** A text of a fixed form, references replaced; `example` says which. */
export function readPattern(reader: YamlReader, place: Place, pattern: RegExp, example: string): string {
  const before = reader.problemCount;
  const text = readExpandedText(reader, place);
  if (reader.problemCount === before && !pattern.test(text)) reader.report(place, 'This is not valid here.', example);
  return text;
}

/** One of a few words. */
export function readWord<W extends string>(reader: YamlReader, place: Place, words: readonly W[]): W {
  const text = readText(reader, place) as W;
  if (text !== '' && !words.includes(text)) reader.report(place, `Unknown word "${text}".`, suggest(text, words));
  return text;
}

/** Texts of a list; a single text counts as a list of one. */
export function readTexts(reader: YamlReader, place: Place): readonly { readonly text: string; readonly at: Place }[] {
  const places = place.node !== null && isScalar(place.node) ? [place] : reader.list(place);
  return places.map((at) => ({ text: readText(reader, at), at }));
}

/** Whether a number must be whole, and its bounds, both allowed. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

/** A number within its bounds. */
export function readNumber(reader: YamlReader, place: Place, range: NumberRange): number {
  const { node } = place;
  const value = node !== null && isScalar(node) ? node.value : null;
  const isWanted = typeof value === 'number' && (!range.whole || Number.isInteger(value));
  if (!isWanted) {
    reader.reportType(place, range.whole ? 'a whole number' : 'a number');
    return range.min;
  }
  if (!(value >= range.min && value <= range.max))
    reader.report(place, `${value} is out of range.`, `Write a number from ${range.min} to ${range.max}.`);
  return value;
}

/** `true` or `false`. */
export function readBoolean(reader: YamlReader, place: Place): boolean {
  const value = place.node !== null && isScalar(place.node) ? place.node.value : null;
  if (typeof value !== 'boolean') reader.reportType(place, 'true or false');
  return value === true;
}

/** A duration in milliseconds, at least one second. */
export function readDurationMs(reader: YamlReader, place: Place): number {
  const ms = parseDurationMs(readText(reader, place));
  if (ms === null || ms < 1000) reader.report(place, 'This is no duration.', 'Write for example 30s, 15m, 1h or 1d.');
  return ms ?? 0;
}

/** Any value, references replaced; for parts that a connector checks itself. */
export function readAny(reader: YamlReader, place: Place, depth = 0): unknown {
  const { node } = place;
  if (depth > MAX_DEPTH) {
    reader.report(place, 'This is nested too deeply.', 'Check its anchors: one may contain itself.');
    return null;
  }
  if (node !== null && isMap(node))
    return Object.fromEntries(
      reader.entries(place).map(({ name, value }) => [name, readAny(reader, value, depth + 1)]),
    );
  if (node !== null && isSeq(node)) return reader.list(place).map((item) => readAny(reader, item, depth + 1));
  if (node === null || !isScalar(node)) return null;
  return typeof node.value === 'string' ? expand(reader, place, node.value) : node.value;
}

/** A mapping of free names, values as {@link readAny}. */
export function readAnyMap(reader: YamlReader, place: Place): Readonly<Record<string, unknown>> {
  return Object.fromEntries(reader.entries(place).map(({ name, value }) => [name, readAny(reader, value, 1)]));
}
