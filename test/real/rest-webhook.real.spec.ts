import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import type { ExplainReport } from '#contracts';
import { ScratchHub } from '#hub-runner';
import { eventually } from '#testing';
import { optionsFor } from '../harness/article-collection.js';
import { PocketBaseArticles } from '../harness/pocketbase.js';
import { systemAddress } from '../harness/systems.js';

jest.setTimeout(180_000);

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const PATIENCE = { timeoutMs: 30_000, intervalMs: 100 };

/** A system without a cursor is scanned once a minute: what comes sooner, came by the webhook. */
describe('a webhook of a system that is only scanned', () => {
  let shop: PocketBaseArticles;
  let hub: ScratchHub;
  let folder: string;

  const post = (body: string, secret = SECRET): Promise<Response> => {
    const at = new Date();
    return fetch(`${hub.processes.urlOf('connector-shop')}/webhook`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...{ 'webhook-id': 'msg_1', 'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)) },
        'webhook-signature': new Webhook(secret).sign('msg_1', at, body),
      },
      body,
    });
  };
  const brandOf = async (sku: string): Promise<unknown> => {
    const { fields } = await hub.processes.call<ExplainReport>('golden', `/explain/product/${sku}`);
    return fields['brand']?.values.find(({ system }) => system === 'shop')?.value;
  };

  beforeAll(async () => {
    shop = await PocketBaseArticles.create({ ifMatch: false });
    await shop.put([{ sku: 'A', brand: 'first' }]);
    const config = {
      ...{ baseUrl: shop.url.origin, allowedHosts: [shop.url.host], auth: shop.login(), probe: shop.probe },
      webhook: { secrets: [SECRET], events: [{ types: ['article.changed'], entity: 'product', keys: 'sku' }] },
    };
    const product = {
      source: shop.path,
      key: ['sku'],
      fields: { brand: 'brand' },
      options: optionsFor(shop.path, 'scan'),
    };
    // JSON is YAML
    const systems = `systems: ${JSON.stringify({ shop: { connector: 'rest', config, entities: { product } } })}
survivorship:
  product: { version: 1, create: [shop], delete: [shop], owner: { shop: [brand] } }
`;
    folder = mkdtempSync(join(tmpdir(), 'plumbline-webhook-'));
    const servers = {
      KAFKA_BROKERS: systemAddress('KAFKA_BROKERS'),
      REGISTRY_URL: systemAddress('REGISTRY_URL'),
      DATABASE_URL: systemAddress('DATABASE_URL'),
      REDIS_URL: systemAddress('REDIS_URL'),
    };
    const root = join(import.meta.dirname, '../..');
    hub = await ScratchHub.create({ root, folder, servers, systems, environment: {}, partitions: 1 });
    await hub.processes.start('all-in-one');
    await eventually(async () => expect(await brandOf('A')).toBe('first'), PATIENCE);
  });
  afterAll(async () => {
    await hub.drop();
    await shop.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('signed, it has the record read at once; the body is no truth', async () => {
    await shop.put([{ sku: 'A', brand: 'second' }]);
    const answer = await post(JSON.stringify({ type: 'article.changed', sku: 'A', brand: 'a lie' }));
    expect(answer.status).toBe(202);
    await eventually(async () => expect(await brandOf('A')).toBe('second'), PATIENCE);
  });

  test('of an unknown record, it makes it known', async () => {
    await shop.put([{ sku: 'NEW', brand: 'new' }]);
    await post(JSON.stringify({ type: 'article.changed', sku: 'NEW' }));
    await eventually(async () => expect(await brandOf('NEW')).toBe('new'), PATIENCE);
  });

  test('signed by somebody else, it is refused and changes nothing', async () => {
    const answer = await post(
      '{"type":"article.changed","sku":"A"}',
      `whsec_${Buffer.alloc(32, 6).toString('base64')}`,
    );
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: 'HUB_WEBHOOK_REFUSED' });
  });
});
