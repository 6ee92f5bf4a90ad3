/** An event id in the form that the hub gives: `<source>/<entity>/<key>/<place>`. */
export interface EventIdParts {
  /** `<source>/<entity>`. */
  readonly prefix: string;
  readonly key: string;
  /** What stands behind the key, such as `1.42`. */
  readonly place: string;
}

/**
 * Splits an id of the hub's form; null for any other. The index keeps of most ids only what its record does not say already,
 * and finds them by their key: so they need neither their own bytes nor an index of their own.
 */
export function splitEventId(id: string): EventIdParts | null {
  const second = id.indexOf('/', id.indexOf('/') + 1);
  const last = id.lastIndexOf('/');
  if (id.indexOf('/') < 1 || second < 0 || last <= second || last === id.length - 1) return null;
  return { prefix: id.slice(0, second), key: id.slice(second + 1, last), place: id.slice(last + 1) };
}

/** The id of the parts. */
export function joinEventId({ prefix, key, place }: EventIdParts): string {
  return `${prefix}/${key}/${place}`;
}
