import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { BusinessKey, Instant } from '#kernel';
import { checkSeed, type SeedCheck } from './check-seed.js';
import { InMemorySeedTarget } from './in-memory-seed-target.js';
import type { SeedMessage, TopicPages } from './ports.js';
import { certify, findBroken, findForgery, type CertificateFacts, type SeedCertificate } from './seed-certificate.js';
import type { SeedRow } from './seed-row.js';
import { WHOLE } from './seed-shape.js';

const key = { id: 'k1', sign: (text: string) => createHmac('sha256', 'secret').update(text).digest('hex') };
const keys = new Map([[key.id, key]]);
const facts: CertificateFacts = {
  ...{ id: 'c1', topic: 'golden.product.v1', entity: 'product', target: 'host/shop public.product', shape: WHOLE },
  ...{ schemaIds: [7], digestVersion: 1, by: 'cli:ann', at: '2026-11-26T10:00:00.000000Z' as Instant },
  fromOffsets: new Map([
    [0, 0n],
    [1, 3n],
  ]),
};

function aRow(name: string, sequence: bigint, brand = 'Acme'): SeedRow {
  return { key: name as BusinessKey, version: sequence, sequence, status: 'live', fields: { brand } };
}

/** Two partitions: `a` and `b` in the first, `c` in the second. */
class Place {
  readonly target = new InMemorySeedTarget('product');
  readonly log: SeedMessage[][] = [[], []];

  async write(partition: number, row: SeedRow): Promise<void> {
    const offset = BigInt(this.log[partition]?.length ?? 0);
    const message = { offset, key: row.key, row };
    this.log[partition]?.push(message);
    const page = { partition, fromOffset: offset, nextOffset: offset + 1n, messages: [message], unreadable: [] };
    await this.target.apply(page, 99n);
  }

  static async filled(): Promise<Place> {
    const place = new Place();
    const starts = new Map(place.log.map((_, partition) => [partition, 0n]));
    await place.target.prepare('golden.product.v1', starts);
    await place.write(0, aRow('a', 1n));
    await place.write(0, aRow('b', 2n));
    await place.write(1, aRow('c', 3n));
    return place;
  }

  check(): Promise<SeedCheck> {
    const ranges = new Map(
      this.log.map((messages, partition) => [partition, { low: 0n, high: BigInt(messages.length) }]),
    );
    const pages: TopicPages = {
      offsets: async () => ranges,
      read: async (_from, onPage) => {
        for (const [partition, messages] of this.log.entries())
          await onPage({ partition, fromOffset: 0n, nextOffset: BigInt(messages.length), messages, unreadable: [] });
      },
    };
    const signal = new AbortController().signal;
    return checkSeed({ entity: 'product', pages, target: this.target, limit: 10, signal });
  }
}

describe('a certificate of a seed', () => {
  test('names offsets, counts and digests of every partition, and holds while nothing changed', async () => {
    const place = await Place.filled();
    const certificate = certify(await place.check(), facts, key);
    expect(certificate).toMatchObject({ records: 3, live: 3, undecided: 0, keyId: 'k1' });
    expect(certificate.partitions).toMatchObject([
      { partition: 0, fromOffset: '0', nextOffset: '2', records: 2 },
      { partition: 1, fromOffset: '3', nextOffset: '1', records: 1 },
    ]);
    expect(findForgery(certificate, keys)).toBeNull();
    expect(findBroken(certificate, await place.check())).toEqual([]);
  });

  test('holds of a target that has followed its topic since', async () => {
    const place = await Place.filled();
    const certificate = certify(await place.check(), facts, key);
    await place.write(0, aRow('a', 9n, 'Bolt'));
    expect(findBroken(certificate, await place.check())).toEqual([]);
  });

  test('does not hold of a target in which one value was changed', async () => {
    const place = await Place.filled();
    const certificate = certify(await place.check(), facts, key);
    place.target.rows.set('a' as BusinessKey, aRow('a', 1n, 'Forged'));
    expect(findBroken(certificate, await place.check())).toEqual([
      { kind: 'target-differs', missing: 0, extra: 0, different: 1 },
      { kind: 'not-what-was-certified', partition: 0 },
    ]);
  });

  test('does not hold where topic and target were changed alike', async () => {
    const place = await Place.filled();
    const certificate = certify(await place.check(), facts, key);
    const forged = aRow('c', 3n, 'Forged');
    place.target.rows.set(forged.key, forged);
    place.log[1] = [{ offset: 0n, key: forged.key, row: forged }];
    expect(findBroken(certificate, await place.check())).toEqual([{ kind: 'not-what-was-certified', partition: 1 }]);
  });

  test('does not hold of a target that was put back to an earlier state', async () => {
    const place = await Place.filled();
    const certificate = certify(await place.check(), facts, key);
    place.target.positions.set(0, { nextOffset: 1n, state: 'live' });
    place.target.rows.delete('b' as BusinessKey);
    expect(findBroken(certificate, await place.check())).toEqual([{ kind: 'target-went-back', partition: 0 }]);
  });

  test.each<readonly [string, (certificate: SeedCertificate) => SeedCertificate]>([
    ['the digest', (whole) => ({ ...whole, digest: '0'.repeat(32) })],
    ['the count', (whole) => ({ ...whole, live: 4 })],
    [
      'an offset',
      (whole) => ({ ...whole, partitions: whole.partitions.map((part) => ({ ...part, nextOffset: '8' })) }),
    ],
    ['the filter', (whole) => ({ ...whole, shape: { ...WHOLE, fields: ['brand'] } })],
    ['who', (whole) => ({ ...whole, by: 'cli:eve' })],
    ['when', (whole) => ({ ...whole, at: '2026-11-27T10:00:00.000000Z' as Instant })],
    ['the schemas', (whole) => ({ ...whole, schemaIds: [8] })],
  ])('is known as edited when somebody changes %s', async (_what, edit) => {
    const certificate = certify(await (await Place.filled()).check(), facts, key);
    expect(findForgery(edit(certificate), keys)).toEqual({ kind: 'edited' });
  });

  test('of a key that nobody has is not believed', async () => {
    const certificate = certify(await (await Place.filled()).check(), facts, { ...key, id: 'k2' });
    expect(findForgery(certificate, keys)).toEqual({ kind: 'key-unknown', keyId: 'k2' });
  });
});
