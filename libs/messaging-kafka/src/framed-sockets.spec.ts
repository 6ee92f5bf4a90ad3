import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Frames } from './framed-sockets.js';

const MAX_BYTES = 50;

function frameOf(body: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(body.length);
  return Buffer.concat([head, body]);
}

type Taker = Pick<Frames, 'take'>;
type Making = (deliver: (bytes: Buffer) => void) => Taker;
const shipped: Making = (deliver) => new Frames(deliver, MAX_BYTES);

/** Hands bytes over as a socket does: in pieces of these sizes, in turns, all in one buffer. */
function play(bytes: Buffer, sizes: readonly number[], make: Making): Buffer[] {
  const delivered: Buffer[] = [];
  const frames = make((part) => delivered.push(part));
  const buffer = Buffer.alloc(1_000);
  for (let from = 0, turn = 0; from < bytes.length; turn += 1) {
    const length = bytes.copy(buffer, 0, from, from + (sizes[turn % sizes.length] ?? 1));
    frames.take(buffer.subarray(0, length));
    buffer.fill(0xff);
    from += length;
  }
  return delivered;
}

const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 });
const bodies = fc.array(fc.uint8Array({ maxLength: 2 * MAX_BYTES }), { maxLength: 8 });

function noByteIsLost(make: Making): void {
  fc.assert(
    fc.property(bodies, sizes, (all, pieces) => {
      const bytes = Buffer.concat(all.map(frameOf));
      expect(Buffer.concat(play(bytes, pieces, make))).toEqual(bytes);
    }),
    { numRuns: 500 },
  );
}

function answersAreWhole(make: Making): void {
  fc.assert(
    fc.property(bodies, sizes, (all, pieces) => {
      const delivered = play(Buffer.concat(all.map(frameOf)), pieces, make).map((part) => part.toString('hex'));
      const whole = all.filter(({ length }) => length > 0 && length <= MAX_BYTES);
      for (const body of whole) expect(delivered).toContain(frameOf(body).toString('hex'));
      if (whole.length === all.length) expect(delivered).toHaveLength(all.length);
    }),
    { numRuns: 500 },
  );
}

describe('frames', () => {
  test('no byte is lost or out of place, however they come', () => noByteIsLost(shipped));

  test('an answer is delivered whole; one that is too long as it comes, and those behind it whole again', () =>
    answersAreWhole(shipped));

  test('behind a negative length all is handed on', () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff]), frameOf(Buffer.alloc(3)), Buffer.alloc(9)]);
    expect(Buffer.concat(play(bytes, [2, 5], shipped))).toEqual(bytes);
  });
});

describe('planted mutants', () => {
  const mutants: readonly (readonly [string, Making])[] = [
    ['pieces are handed on as they come', (deliver) => ({ take: (bytes) => deliver(Buffer.from(bytes)) })],
    ['what is handed over is the buffer of the next read', (deliver) => ({ take: deliver })],
    ['an answer ends with its piece', (deliver) => ({ take: (bytes) => new Frames(deliver, MAX_BYTES).take(bytes) })],
    ['its last byte is cut off', (deliver) => new Frames((bytes) => deliver(bytes.subarray(0, -1)), MAX_BYTES)],
  ];

  test.each(mutants)('caught: %s', (_name, make) => {
    expect(() => {
      noByteIsLost(make);
      answersAreWhole(make);
    }).toThrow();
  });
});
