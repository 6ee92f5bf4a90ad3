import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { HubFileProblem } from './hub-file.js';
import type { Sources } from './references.js';
import { suggest } from './suggest.js';

/** One value of the file and where it stands. `node` is null where the file has a name without a value. */
export interface Place {
  readonly path: string;
  readonly node: Node | null;
  /** Character position of the value; of its name where there is no value. */
  readonly offset: number;
}

/** One name of a mapping and its value. */
export interface Entry {
  readonly name: string;
  readonly key: Place;
  readonly value: Place;
}

/** How references to environment variables are read. */
export interface ReferenceOptions extends Sources {
  /** `keep` leaves the reference of an unset variable as it is: for tools that open no connection to the systems. */
  readonly unset: 'problem' | 'keep';
}

/** Reads the structure of a YAML text and collects every problem with its position, instead of stopping at the first. */
export class YamlReader {
  private readonly found: HubFileProblem[] = [];
  private readonly lines = new LineCounter();
  private readonly document: Document;
  readonly root: Place;
  readonly hasSyntaxErrors: boolean;

  constructor(
    text: string,
    readonly references: ReferenceOptions,
  ) {
    // Duplicate names are looked for in `entries`, which knows their path.
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false, uniqueKeys: false });
    this.root = { path: '', node: this.document.contents, offset: 0 };
    this.hasSyntaxErrors = this.document.errors.length > 0;
    for (const error of this.document.errors)
      this.report({ path: '', node: null, offset: error.pos[0] }, error.message, 'Correct the YAML syntax here.');
  }

  /** Problems in the order of the file. */
  get problems(): readonly HubFileProblem[] {
    return [...this.found].sort((a, b) => a.line - b.line || a.column - b.column);
  }

  report(place: Place, message: string, hint: string): void {
    const { line, col } = this.lines.linePos(place.offset);
    this.found.push({ line, column: col, path: place.path, message, hint });
  }

  /** Number of problems so far. */
  get problemCount(): number {
    return this.found.length;
  }

  lineOf(place: Place): number {
    return this.lines.linePos(place.offset).line;
  }

  /** Names and values of a mapping; a name given twice is reported and its first value counts. */
  entries(place: Place): readonly Entry[] {
    const { node } = place;
    if (node === null || !isMap(node)) {
      this.reportType(place, 'names with values');
      return [];
    }
    const seen = new Map<string, Entry>();
    for (const pair of node.items) {
      const name = String(isScalar(pair.key) ? pair.key.value : pair.key);
      const path = place.path === '' ? name : `${place.path}.${name}`;
      const key = { path, node: null, offset: (pair.key as Node).range?.[0] ?? place.offset };
      const before = seen.get(name);
      if (before) this.reportTwice(key, name, before.key);
      else seen.set(name, { name, key, value: this.place(path, pair.value as Node | null, key.offset) });
    }
    return [...seen.values()];
  }

  /** Values of a mapping whose names are fixed: reports unknown and missing ones. */
  object<K extends string>(place: Place, known: readonly K[], required: readonly K[] = []): Partial<Record<K, Place>> {
    const values: Partial<Record<K, Place>> = {};
    const problemsBefore = this.found.length;
    for (const { name, key, value } of this.entries(place)) {
      if (known.includes(name as K)) values[name as K] = value;
      else this.report(key, `Unknown field "${name}".`, suggest(name, known));
    }
    const isMapping = place.node !== null && isMap(place.node);
    for (const name of isMapping ? required : [])
      if (!values[name]) this.report(place, `The field "${name}" is missing.`, this.missingHint(name, problemsBefore));
    return values;
  }

  /** Values of a list. */
  list(place: Place): readonly Place[] {
    const { node } = place;
    if (node === null || !isSeq(node)) {
      this.reportType(place, 'a list');
      return [];
    }
    return node.items.map((item, index) => this.place(`${place.path}[${index}]`, item as Node | null, place.offset));
  }

  /** The value below a place by name or index; null where there is none. Reports nothing. */
  find(place: Place, step: PropertyKey): Place | null {
    const { node } = place;
    if (!isMap(node) && !isSeq(node)) return null;
    const child = node.get(step, true) as Node | undefined;
    return child ? this.place(`${place.path}.${String(step)}`, child, place.offset) : null;
  }

  reportType(place: Place, expected: string): void {
    this.report(place, `Expected ${expected}, found ${describe(place.node)}.`, `Write ${expected} here.`);
  }

  private missingHint(name: string, problemsBefore: number): string {
    const misspelt = this.found.slice(problemsBefore).some((problem) => problem.hint.includes(`"${name}"`));
    return misspelt ? `It seems to be misspelt here.` : `Add "${name}:".`;
  }

  private reportTwice(key: Place, name: string, first: Place): void {
    this.report(key, `"${name}" is given twice.`, `It is already on line ${this.lineOf(first)}; remove one of them.`);
  }

  /** An empty value has its position behind its name; the name (`fallbackOffset`) is the better place to point at. */
  private place(path: string, value: Node | null, fallbackOffset: number): Place {
    if (value === null || isEmpty(value)) return { path, node: null, offset: fallbackOffset };
    const node = isAlias(value) ? (value.resolve(this.document) ?? null) : value;
    return { path, node, offset: value.range?.[0] ?? fallbackOffset };
  }
}

function isEmpty(value: Node): boolean {
  return isScalar(value) && value.range?.[0] === value.range?.[1];
}

function describe(node: Node | null): string {
  if (node === null) return 'nothing';
  if (isMap(node)) return 'names with values';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node) || node.value === null) return 'nothing';
  const kind = typeof node.value;
  return kind === 'string' ? 'a text' : kind === 'boolean' ? 'true or false' : 'a number';
}
