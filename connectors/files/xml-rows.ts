import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import type { DropRow } from './drop-row.js';

/** Deeper nesting is no list of records. */
const MAX_DEPTH = 64;
/** Elements and attributes of one record. */
const MAX_VALUES = 10_000;
/** Text of one record, and of anything that the parser must hold at once. */
const MAX_RECORD_CHARACTERS = 8 * 1024 * 1024;
const NIL = 'xsi:nil';

/** What makes the rest of a file unreadable. */
class XmlRefusal extends Error {}

interface OpenElement {
  /** Path below the record; empty for the record itself. */
  readonly path: string;
  /** Attributes that tell it from others of its name: `name[@lang=de]`. */
  readonly aliases: readonly string[];
  readonly isNil: boolean;
  text: string;
  hasChildren: boolean;
}

/**
 * Records of an XML drop, streamed: each `record` element (or each child of the root) with attributes (`@id`) and texts
 * of descendants by path (`price.amount`, `price.@currency`, `name[@lang=de]`). Of elements with one path the first
 * counts. `xsi:nil="true"` is null, an empty element the empty text.
 *
 * There is no document type: no entities but XML's own five, nothing external, nothing that grows. A file that has one,
 * is not well-formed or exceeds a limit is read up to there; its rest is one reject with the line number.
 */
export async function* readXml(path: string, record: string | undefined): AsyncGenerator<DropRow> {
  const parser = new RecordParser(record);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  try {
    for await (const chunk of createReadStream(path)) {
      parser.write(decoder.decode(chunk as Buffer, { stream: true }));
      yield* parser.take();
    }
    parser.end(decoder.decode());
    yield* parser.take();
  } catch (error) {
    if (!(error instanceof XmlRefusal)) throw error;
    yield* parser.take();
    yield { line: parser.line, reason: `${error.message}; the rest of the file is not read` };
  }
}

class RecordParser {
  private readonly parser = new SaxesParser();
  private readonly elements: (OpenElement | null)[] = [];
  private rows: DropRow[] = [];
  private row: Map<string, string | null> | null = null;
  private startLine = 1;
  /** Characters since the last element or record ended. */
  private held = 0;

  constructor(private readonly record: string | undefined) {
    const { parser } = this;
    parser.on('error', ({ message }) => {
      throw new XmlRefusal(`the XML is not well-formed (${message.replace(/^\d+:\d+: /, '').slice(0, 80)})`);
    });
    parser.on('doctype', () => {
      throw new XmlRefusal('the XML has a document type, which is refused');
    });
    parser.on('xmldecl', ({ encoding }) => {
      if (encoding !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(encoding))
        throw new XmlRefusal(`the XML is declared as ${encoding.slice(0, 40)}, not UTF-8`);
    });
    parser.on('opentagstart', () => (this.startLine = this.row === null ? this.line : this.startLine));
    parser.on('opentag', (tag) => this.open(tag));
    parser.on('text', (text) => this.append(text));
    parser.on('cdata', (text) => this.append(text));
    parser.on('closetag', () => this.close());
  }

  get line(): number {
    return this.parser.line;
  }

  write(text: string): void {
    this.held += text.length;
    this.parser.write(text);
    if (this.held > MAX_RECORD_CHARACTERS)
      throw new XmlRefusal(`a part of the XML is longer than ${MAX_RECORD_CHARACTERS} characters`);
  }

  end(text: string): void {
    this.write(text);
    this.parser.close();
  }

  /** Records found since the last call. */
  take(): DropRow[] {
    const { rows } = this;
    this.rows = [];
    return rows;
  }

  private open(tag: SaxesTagPlain): void {
    if (this.elements.length >= MAX_DEPTH) throw new XmlRefusal(`the XML is nested deeper than ${MAX_DEPTH}`);
    const parent = this.elements.at(-1);
    if (this.row === null) {
      const isRecord = this.record === undefined ? this.elements.length === 1 : tag.name === this.record;
      if (!isRecord) return void this.elements.push(null);
      this.row = new Map();
      this.held = 0;
    }
    if (parent) parent.hasChildren = true;
    const element = toElement(tag, parent ?? null);
    this.elements.push(element);
    for (const [name, value] of Object.entries(tag.attributes)) this.set(join(element.path, `@${name}`), value);
  }

  private append(text: string): void {
    const element = this.elements.at(-1);
    if (element) element.text += text;
  }

  private close(): void {
    const element = this.elements.pop();
    if (this.row === null) this.held = 0;
    if (!element || this.row === null) return;
    const isGroup = element.hasChildren && element.text.trim() === '';
    if (element.path !== '' && !isGroup)
      for (const path of [element.path, ...element.aliases]) this.set(path, element.isNil ? null : element.text);
    if (element.path !== '') return;
    this.rows.push(toRow(this.startLine, this.row));
    this.row = null;
    this.held = 0;
  }

  private set(path: string, value: string | null): void {
    if (this.row === null || this.row.has(path)) return;
    if (this.row.size >= MAX_VALUES) throw new XmlRefusal(`a record has more than ${MAX_VALUES} values`);
    this.row.set(path, value);
  }
}

function toElement({ name, attributes }: SaxesTagPlain, parent: OpenElement | null): OpenElement {
  const path = parent === null ? '' : join(parent.path, name);
  const named = Object.entries(attributes).filter(([attribute]) => attribute !== NIL);
  const aliases = parent === null ? [] : named.map(([attribute, value]) => `${path}[@${attribute}=${value}]`);
  return { path, aliases, isNil: attributes[NIL] === 'true' || attributes[NIL] === '1', text: '', hasChildren: false };
}

function toRow(line: number, values: ReadonlyMap<string, string | null>): DropRow {
  for (const value of values.values())
    if (value?.includes('\ufffd')) return { line, reason: 'the record is not valid UTF-8' };
  return { line, row: Object.fromEntries(values) };
}

function join(path: string, step: string): string {
  return path === '' ? step : `${path}.${step}`;
}
