import type { SystemValue } from '#connector-sdk';
import type { FileRow } from './drop-row.js';

interface XmlElement {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  text: string | null;
}

const NIL = 'xsi:nil="true"';
const NIL_NAMESPACE = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
/** Characters that XML 1.0 has not, not even escaped. */
const NO_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const STEP = /^([^[\]@=]+)(?:\[@([^[\]@=]+)=([^\]]*)\])?$/;

/** The first character of a row that XML can't hold, as `U+0001`; null when there is none. */
export function findNoXmlCharacter(row: FileRow): string | null {
  for (const value of Object.values(row)) {
    const [found] = NO_XML.exec(toText(value) ?? '') ?? [];
    if (found !== undefined) return `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  }
  return null;
}

/** An XML document with one `record` element a row. Columns are paths, as they are when drops are read. */
export function toXml(rows: readonly FileRow[], record: string): string {
  const records = rows.map((row) => `${print(toElement(row, record))}\n`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<records ${NIL_NAMESPACE}>\n${records.join('')}</records>\n`;
}

function toElement(row: FileRow, name: string): XmlElement {
  const root = newElement(name);
  for (const [path, value] of Object.entries(row)) place(root, path, value);
  return root;
}

/** An attribute without a value is left out; an element without one is nil. */
function place(root: XmlElement, path: string, value: SystemValue): void {
  const steps = path.split('.');
  const last = steps.pop() ?? path;
  const parent = steps.reduce(childOf, root);
  const text = toText(value);
  if (!last.startsWith('@')) childOf(parent, last).text = text;
  else if (text !== null) parent.attributes.set(last.slice(1), text);
}

function childOf(parent: XmlElement, step: string): XmlElement {
  const [, name = step, attribute, value = ''] = STEP.exec(step) ?? [];
  const known = parent.children.find(
    (child) => child.name === name && (attribute === undefined || child.attributes.get(attribute) === value),
  );
  if (known) return known;
  const child = newElement(name);
  if (attribute !== undefined) child.attributes.set(attribute, value);
  parent.children.push(child);
  return child;
}

function newElement(name: string): XmlElement {
  return { name, attributes: new Map(), children: [], text: null };
}

function print({ name, attributes, children, text }: XmlElement): string {
  const isNil = text === null && children.length === 0;
  const marks = [...attributes].map(([key, value]) => ` ${key}="${escaped(value)}"`).join('');
  if (isNil) return `<${name}${marks} ${NIL}/>`;
  return `<${name}${marks}>${escaped(text ?? '')}${children.map(print).join('')}</${name}>`;
}

function toText(value: SystemValue): string | null {
  if (value === null) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Line ends and tabs as numbers: a parser would else make one of another. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
