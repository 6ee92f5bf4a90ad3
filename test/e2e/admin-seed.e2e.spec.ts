import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { topicNames, type GoldenEvent, type SeedReport } from '#contracts';
import { ScratchHub } from '#hub-runner';
import type { BusinessKey, Instant, SystemId } from '#kernel';
import { AvroCodec, EventCodec, KafkaEventPublisher, SchemaRegistry } from '#messaging-kafka';
import { encodeHeaders } from '#outbox';
import { eventually } from '#testing';
import pg from 'pg';
import { ROOT } from '../faults/servers.js';
import { createDatabase, type ScratchDatabase } from '../harness/servers.js';
import { AdminSession } from './admin-session.js';
import { processAddresses } from './hub-under-test.js';

const RECORDS = 60_000;
const CHUNK = 5_000;
const SYSTEMS = `
systems:
  erp: { connector: sql, mode: observe, config: { url: x }, entities: { product: { source: p, key: [sku], fields: { brand: brand } } } }
survivorship: { product: { version: 1, create: [erp], owner: { erp: [brand] } } }
stores: { shop: { url: '\${SHOP_STORE_URL}' } }
`;
const LONG = { timeoutMs: 90_000, intervalMs: 5 };
const WISH = { entity: 'product', to: { kind: 'store', store: 'shop' } };

let hub: ScratchHub;
let folder: string;
let store: ScratchDatabase;
let client: pg.Client;
let admin: AdminSession;

/** How far the table says that it is: messages below its positions; null before it is made. */
async function tablePosition(): Promise<number | null> {
  const { rows: made } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('product_seed') IS NOT NULL AS there`,
  );
  if (!made[0]?.there) return null;
  const { rows } = await client.query<{ sum: string | null }>('SELECT sum(next_offset) AS sum FROM product_seed');
  return Number(rows[0]?.sum ?? 0);
}

async function countSessions(): Promise<number> {
  const text = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'plumbline seed'`;
  return (await client.query(text)).rowCount ?? 0;
}

function anEvent(number: number): GoldenEvent {
  const origin = { system: 'erp' as SystemId, at: null, rule: 'owner' };
  return {
    ...{ entity: 'product', key: `P-${number}` as BusinessKey, version: 1n, sequence: 1n, status: 'live' },
    ...{ policyVersion: 1, changedAt: '2026-11-23T04:05:06.123456Z' as Instant, merged: [] },
    ...{ fields: { brand: 'Acme', weight: `${number}.25` }, origins: { brand: origin, weight: origin } },
  };
}

async function publishAll(): Promise<void> {
  const { KAFKA_BROKERS, REGISTRY_URL } = processAddresses();
  const codec = new AvroCodec(new SchemaRegistry({ url: REGISTRY_URL }));
  await codec.ensureSchemas();
  const events = new EventCodec(codec);
  const topics = [topicNames(hub.file.hub.topicPrefix).golden('product')];
  const publisher = new KafkaEventPublisher({ brokers: KAFKA_BROKERS.split(','), clientId: 'admin-seed' });
  for (let from = 0; from < RECORDS; from += CHUNK)
    await publisher.publish(
      Array.from({ length: CHUNK }, (_, index) => {
        const event = anEvent(from + index);
        const value = events.encodeGolden(event);
        return { sequence: BigInt(from + index), topics, key: event.key, value, headers: encodeHeaders({}) };
      }),
    );
  await publisher.close();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'admin-seed-'));
  store = await createDatabase('admin_seed_store');
  client = new pg.Client({ connectionString: store.url });
  await client.connect();
  const environment = { SHOP_STORE_URL: store.url };
  hub = await ScratchHub.create({
    ...{ root: ROOT, folder, servers: processAddresses(), systems: SYSTEMS, environment, partitions: 2 },
  });
  await publishAll();
  await hub.processes.start('admin');
  admin = await AdminSession.open(hub, folder);
}, 180_000);
afterAll(async () => {
  await hub.drop();
  await client.end();
  await store.drop();
  rmSync(folder, { recursive: true, force: true });
});

test('a seed started on the page goes on after kill -9 where its last page ended, to its certificate', async () => {
  const { id } = await admin.ask<SeedReport>('seeds', WISH);
  await eventually(async () => expect(await tablePosition()).toBeGreaterThan(0), LONG);
  await hub.processes.stop('admin', 'SIGKILL');
  await eventually(async () => expect(await countSessions()).toBe(0), LONG); // a page under way may still end in the store
  const left = (await tablePosition()) ?? 0;
  expect(left).toBeLessThan(RECORDS);
  // what is written from now on is counted by the table itself: a page that is read again would show
  await client.query('CREATE TABLE written_again (key text)');
  await client.query(
    `CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO written_again VALUES (NEW.key); RETURN NEW; END $$`,
  );
  await client.query('CREATE TRIGGER note AFTER INSERT OR UPDATE ON product FOR EACH ROW EXECUTE FUNCTION note()');

  await hub.processes.start('admin');
  const looked: number[] = [];
  await eventually(async () => {
    const { state, read, problem } = await admin.ask<SeedReport>(`seeds/${id}`);
    looked.push(read);
    if (state === 'running') throw new Error('it is running');
    expect([state, problem]).toEqual(['done', null]);
  }, LONG);

  expect(await admin.ask(`seeds/${id}`)).toMatchObject({
    percent: 100,
    read: RECORDS,
    actor: 'web:admin',
    certificate: id,
  });
  expect(looked).toEqual([...looked].sort((one, other) => one - other));
  expect(await admin.ask(`seeds/certificates/${id}`)).toMatchObject({
    records: RECORDS,
    live: RECORDS,
    isSigned: true,
  });
  const { rows } = await client.query<{ again: string; rows: string }>(
    `SELECT (SELECT count(*) FROM written_again) AS again, (SELECT count(DISTINCT key) FROM product) AS rows`,
  );
  expect(rows).toEqual([{ again: String(RECORDS - left), rows: String(RECORDS) }]);
}, 240_000);
