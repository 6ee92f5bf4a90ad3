/** A number as its digits stand, since a decimal of the hub has more of them than a double. */
export class RawNumber {
  constructor(readonly digits: string) {}
}

/** A JSON object; what JSON.parse gives. */
export type JsonObject = Readonly<Record<string, unknown>>;

const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const PLAIN_NUMBER = /^-?\d{1,15}$|^-?(?=[\d.]{1,16}$)\d+\.\d+$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/**
 * Whether a number may be longer than a double holds, or have an exponent: such a token stands between two of these. Texts in
 * strings may look like it, which costs only time.
 */
const DOUBTFUL = /(?:^|[:,[])\s*-?(?:[\d.]{16,}|[\d.]+[eE][+-]?\d+)\s*(?:[,\]}]|$)/;

/** Parses JSON; a number that a double may not hold exactly becomes the text of its digits. @throws SyntaxError */
export function parseJson(text: string): unknown {
  if (!DOUBTFUL.test(text)) return JSON.parse(text);
  return JSON.parse(text.replace(TOKENS, (token) => (isExact(token) ? token : `"${token}"`)));
}

/** Encodes JSON with {@link RawNumber}s as numbers. */
export function encodeJson(value: unknown): string {
  if (value instanceof RawNumber) return NUMBER.test(value.digits) ? value.digits : JSON.stringify(value.digits);
  if (Array.isArray(value)) return `[${value.map(encodeJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const properties = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .map(([name, each]) => `${JSON.stringify(name)}:${encodeJson(each)}`);
  return `{${properties.join(',')}}`;
}

/** The value at a path of property names and array places (`data.items`, `0.id`); `''` is the value itself. */
export function readPath(value: unknown, path: string): unknown {
  if (path === '') return value;
  if (isObject(value) && Object.hasOwn(value, path)) return value[path];
  let at = value;
  for (const step of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as JsonObject)[step];
  }
  return at;
}

/** A copy of the object with a value at a path; what is missing on the way is made. */
export function withPath(object: JsonObject, path: string, value: unknown): JsonObject {
  const [step = '', ...rest] = Object.hasOwn(object, path) ? [path] : path.split('.');
  if (rest.length === 0) return { ...object, [step]: value };
  const below = object[step];
  return { ...object, [step]: withPath(isObject(below) ? below : {}, rest.join('.'), value) };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text of an id, version or time; null for what is none. */
export function scalarText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function isExact(token: string): boolean {
  return token.startsWith('"') || PLAIN_NUMBER.test(token);
}
