import { isObject } from './json.js';

/** Values of placeholders by name. */
export type TemplateValues = Readonly<Record<string, unknown>>;

/** How a text is written where the vendor's own filter language wants a literal; quotes are part of it. */
const FORMATS: Readonly<Record<string, (text: string) => string>> = {
  backslash: (text) => `'${text.replaceAll("'", "\\'")}'`,
  doubled: (text) => `'${text.replaceAll("'", "''")}'`,
  json: (text) => JSON.stringify(text),
};
const PLACEHOLDER = /\{([A-Za-z_][\w.-]*)(?:\|(\w+))?\}/g;
const WHOLE = /^\{([A-Za-z_][\w.-]*)\}$/;

/** Names of the placeholders in a template: a text, or any JSON value whose texts are templates. */
export function placeholdersOf(template: unknown): string[] {
  if (typeof template === 'string') return [...template.matchAll(PLACEHOLDER)].map(([, name]) => name ?? '');
  if (Array.isArray(template)) return template.flatMap(placeholdersOf);
  return isObject(template) ? Object.values(template).flatMap(placeholdersOf) : [];
}

/** What is wrong with a template where only these placeholders have a value; null is any name. */
export function findTemplateProblems(template: unknown, known: readonly string[] | null): string[] {
  if (typeof template !== 'string')
    return (Array.isArray(template) || isObject(template) ? Object.values(template) : []).flatMap((each) =>
      findTemplateProblems(each, known),
    );
  return [...template.matchAll(PLACEHOLDER)].flatMap(([text, name = '', format]) => {
    if (format !== undefined && !Object.hasOwn(FORMATS, format))
      return [`${text}: there is no format "${format}", only ${Object.keys(FORMATS).join(', ')}`];
    if (known === null || known.includes(name)) return [];
    return [`${text}: there is no such value here, only ${known.map((each) => `{${each}}`).join(', ')}`];
  });
}

/** Fills a text. `encode` makes each value safe for its place (a segment of a path, say); the template itself is not encoded. */
export function fillText(template: string, values: TemplateValues, encode = (text: string): string => text): string {
  return template.replace(PLACEHOLDER, (_, name: string, format: string | undefined) => {
    const text = toText(values[name]);
    return encode(format === undefined ? text : (FORMATS[format]?.(text) ?? text));
  });
}

/** Fills a path: a value can not leave its segment, not even as `..`. */
export function fillPath(template: string, values: TemplateValues): string {
  return fillText(template, values, (text) =>
    encodeURIComponent(text).replace(/^\.{1,2}$/, (dots) => dots.replaceAll('.', '%252E')),
  );
}

/** Fills every value of a query; encoding is the business of whoever builds the address. */
export function fillQuery(template: Readonly<Record<string, string>>, values: TemplateValues): Record<string, string> {
  return Object.fromEntries(Object.entries(template).map(([name, text]) => [name, fillText(text, values)]));
}

/** Fills a JSON template: a text that is one placeholder becomes its value, of any type; in longer texts values are text. */
export function fillJson(template: unknown, values: TemplateValues): unknown {
  if (typeof template === 'string') {
    const name = WHOLE.exec(template)?.[1];
    return name === undefined ? fillText(template, values) : values[name];
  }
  if (Array.isArray(template)) return template.map((each) => fillJson(each, values));
  if (!isObject(template)) return template;
  return Object.fromEntries(Object.entries(template).map(([name, each]) => [name, fillJson(each, values)]));
}

function toText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
