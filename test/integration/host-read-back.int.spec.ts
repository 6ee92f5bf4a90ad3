import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { appendCurrentContributions } from '#connector-host/testing';
import { eventPlaceOf, HEADERS } from '#contracts';
import type { ExternalId } from '#kernel';
import { decodeHeaders, type EncodedHeaders } from '#outbox';
import { PostgresCurrentPlaces } from '#store-postgres';
import { aRow, ENTITY, ids, MirrorFixture } from './host-fixture.js';

let mirror: MirrorFixture;
beforeAll(async () => {
  mirror = await MirrorFixture.create();
});
beforeEach(() => mirror.clear());
afterAll(() => mirror.drop());

/** A row of which the system authored something. */
function authored(key: string, epoch: number, sequence: bigint, status: 'live' | 'deleted' = 'live') {
  return { ...aRow(key), contribution: { epoch, sequence, status, statusSequence: sequence, fields: {} } };
}

async function pending(): Promise<{ topics: string; key: string; headers: Readonly<Record<string, string | null>> }[]> {
  const rows = await mirror.database.query<{ topics: string; key: string; headers: Buffer }>(
    'SELECT topics, key, headers FROM outbox ORDER BY sequence',
  );
  return rows.map((row) => ({ ...row, headers: decodeHeaders(row.headers as EncodedHeaders) }));
}

describe('a host that reads its change topics back', () => {
  test('knows the place of each contribution, of deleted records too, and of nothing else', async () => {
    await mirror.insert(
      authored('a', 1, 7n),
      authored('b', 2, 12345678901n, 'deleted'),
      aRow('c'),
      aRow('d', 'A', null),
    );
    const places = await new PostgresCurrentPlaces(mirror.database).contributions(ENTITY, ['a', 'b', 'c', 'd', 'x']);
    expect([...places].sort()).toEqual([
      ['a', { epoch: 1, sequence: 7n }],
      ['b', { epoch: 2, sequence: 12345678901n }],
    ]);
  });

  test('appends contributions as the events that they were, as a batch that golden can judge', async () => {
    await mirror.insert(authored('a', 1, 7n), authored('b', 2, 3n, 'deleted'), aRow('c'));
    expect(await appendCurrentContributions(mirror.context(), ENTITY, ids('a', 'b', 'c', 'x'))).toBe(2);
    const rows = await pending();
    expect(rows.map(({ topics, key }) => [topics, key])).toEqual(
      ['a', 'b'].map((key) => ['erp.product.changed.v1', key]),
    );
    const headers = rows.map((row) => row.headers as Readonly<Record<string, string>>);
    expect(headers.map(eventPlaceOf)).toEqual([
      { epoch: 1, sequence: 7n },
      { epoch: 2, sequence: 3n },
    ]);
    expect(new Set(headers.map((one) => [one[HEADERS.batch], one[HEADERS.batchSize]].join()))).toHaveProperty(
      'size',
      1,
    );
    expect(headers[0]?.[HEADERS.batchSize]).toBe('2');
  });

  test('a change that holds the row stands before what is appended anew', async () => {
    await mirror.insert(authored('a', 1, 7n));
    let appending: Promise<number> | undefined;
    await mirror.store.transaction(async (tx) => {
      const [locked] = await tx.lockRows(ENTITY, { externalIds: ids('a') }, null, mirror.context().owners.reader);
      appending = appendCurrentContributions(mirror.context(), ENTITY, ['a' as ExternalId]);
      const row = authored('a', 1, 8n);
      await tx.save([{ id: locked?.id ?? null, before: null, row, differs: [], moves: true, lease: 'keep' }]);
    });
    expect(await appending).toBe(1);
    expect((await pending()).map(({ headers }) => eventPlaceOf(headers as Readonly<Record<string, string>>))).toEqual([
      { epoch: 1, sequence: 8n },
    ]);
  });

  test('keys that wait in the outbox, or are parked, are not published', async () => {
    await mirror.insert(authored('a', 1, 7n));
    await appendCurrentContributions(mirror.context(), ENTITY, ids('a'));
    await mirror.database.query(
      `INSERT INTO outbox_parked_key (shard, key, code, reason) VALUES (0, 'p', 'HUB_TOPIC_MISSING', 'gone')`,
    );
    const places = new PostgresCurrentPlaces(mirror.database);
    expect([...(await places.findUnpublished(['a', 'b', 'p']))].sort()).toEqual(['a', 'p']);
    await mirror.database.query(`TRUNCATE outbox_parked_key`);
  });
});
