import { HubError } from '#kernel';
import avsc, { type Schema, type Type } from 'avsc';
import { isReservedName } from './foreign-schema.js';

/** avsc's reader of one value: a buffer and a position. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  readString(): string | undefined;
  /** Ours: items that the blocks of this value have claimed so far. */
  claimed?: number;
}

interface InnerType {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

/**
 * Arrays and maps that believe no block: avsc counts down whatever number of items a block claims, so that five bytes keep
 * it busy for hours or take all memory, and a negative size in a field that is passed over sends it back for ever. Every
 * item of a value takes a byte of its own, but for types without content; so all blocks of a value together may claim as
 * many items as the value has bytes.
 * @see https://avro.apache.org/docs/1.12.0/specification/#schema-maps (blocks)
 */
export function guardCollections(schema: Schema, options: unknown): Type | undefined {
  const { type } = (typeof schema === 'object' ? schema : {}) as { readonly type?: unknown };
  if (type === 'array') return new GuardedArrayType(schema, options);
  if (type === 'map') return new GuardedMapType(schema, options);
  return undefined;
}

class GuardedArrayType extends avsc.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items = this.itemsType as unknown as InnerType;
    const values: unknown[] = [];
    for (let count = readBlock(tap); count > 0; count = readBlock(tap))
      for (; count > 0; count -= 1) values.push(items._read(tap));
    return values;
  }

  _skip(tap: Tap): void {
    const items = this.itemsType as unknown as InnerType;
    for (let count = readBlock(tap); count > 0; count = readBlock(tap)) for (; count > 0; count -= 1) items._skip(tap);
  }
}

class GuardedMapType extends avsc.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const inner = this.valuesType as InnerType;
    const values: Record<string, unknown> = {};
    for (let count = readBlock(tap); count > 0; count = readBlock(tap))
      for (; count > 0; count -= 1) values[readKey(tap)] = inner._read(tap);
    return values;
  }

  _skip(tap: Tap): void {
    const inner = this.valuesType as InnerType;
    for (let count = readBlock(tap); count > 0; count = readBlock(tap))
      for (; count > 0; count -= 1) {
        tap.readString();
        inner._skip(tap);
      }
  }

  /** What could not be read again is not written either. */
  _write(tap: Tap, value: unknown): void {
    if (typeof value === 'object' && value !== null) Object.keys(value).forEach(checkKey);
    writeMap.call(this, tap, value);
  }
}

/** avsc's own writer of maps, which its declarations do not show. */
const { _write: writeMap } = avsc.types.MapType.prototype as unknown as {
  readonly _write: (this: Type, tap: Tap, value: unknown) => void;
};

/** Items of the next block; zero at the end. A negative count is followed by the block's size, which we do not need. */
function readBlock(tap: Tap): number {
  let count = tap.readLong();
  if (count < 0) {
    count = -count;
    if (tap.readLong() < 0) throw unsafe('has a block of negative size', {});
  }
  const claimed = (tap.claimed ?? 0) + count;
  // `!(… <= …)` also catches the NaN that is read past the end.
  if (!(claimed <= tap.buf.length))
    throw unsafe('claims more items than it has bytes', { claimed, bytes: tap.buf.length });
  tap.claimed = claimed;
  return count;
}

function readKey(tap: Tap): string {
  const key = tap.readString();
  // avsc tells the truncation when the whole value was read; until then the key is only a place to put things.
  if (key === undefined) return '';
  checkKey(key);
  return key;
}

function checkKey(key: string): void {
  if (isReservedName(key)) throw unsafe('has a reserved name as a key', { key });
}

function unsafe(what: string, details: Readonly<Record<string, string | number>>): HubError {
  return new HubError('HUB_PAYLOAD_UNSAFE', `The value ${what}.`, details);
}
