import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hold } from '#contracts';
import { eventually } from '#testing';
import { HubUnderTest, PATIENCE } from './hub-under-test.js';

const PRODUCTS = 300;
const systemsWith = (folder: string): string => `
systems:
  pim:
    connector: files
    config: { folder: '${folder}', format: csv }
    entities:
      product: { source: 'products*.csv', key: [sku], fields: { brand: brand }, options: { complete: true } }
  shop:
    connector: sql
    config: { url: '\${SHOP_URL}', schema: shop }
    entities:
      product:
        source: product
        key: [sku]
        options: { id: sku, changedAt: updated_at, overlapMs: 2000 }
        fields: { brand: brand }
survivorship:
  product: { version: 1, create: [pim], delete: [pim], owner: { pim: [brand] } }
`;

describe('half a file of a system that drops complete lists', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-half-'));
  let hub: HubUnderTest;
  const drop = async (name: string, count: number): Promise<void> => {
    const lines = Array.from({ length: count }, (_, n) => `P-${n + 1},Maker ${n + 1}`);
    const file = join(folder, 'in', name);
    await writeFile(`${file}.tmp`, ['sku,brand', ...lines, ''].join('\n'));
    await rename(`${file}.tmp`, file);
  };
  const inShop = async (): Promise<number> => {
    const [row] = await hub.sql<{ count: number }>('SELECT count(*)::int AS count FROM shop.product');
    return row?.count ?? 0;
  };
  const openHolds = (): Promise<Hold[]> => hub.test.hub.processes.call<Hold[]>('golden', '/holds?state=open');

  beforeAll(async () => {
    await mkdir(join(folder, 'in'), { recursive: true });
    hub = await HubUnderTest.start({ processes: 'one', systems: systemsWith(folder) });
    await hub.test.hub.setMode('shop', 'write');
    await drop('products-1.csv', PRODUCTS);
    await eventually(async () => expect(await inShop()).toBe(PRODUCTS), PATIENCE);
  });
  afterAll(async () => {
    await hub.drop();
    await rm(folder, { recursive: true });
  });

  test('is held whole with the rule that it met, and rejecting it leaves everything as it was', async () => {
    await drop('products-2.csv', PRODUCTS / 2);
    const held = async (): Promise<Hold> => {
      const [hold] = await openHolds();
      expect(hold?.count).toBe(PRODUCTS / 2);
      return hold as Hold;
    };
    const hold = await eventually(held, PATIENCE);
    expect(hold).toMatchObject({ system: 'pim', entity: 'product', rule: expect.stringMatching(/^delete/) });
    expect(await inShop()).toBe(PRODUCTS);
    await hub.test.hub.processes.call('golden', `/holds/${hold.id}/reject`, {
      digest: hold.digest,
      actor: 'a steward',
    });
    await drop('products-3.csv', PRODUCTS + 1);
    await eventually(async () => expect(await inShop()).toBe(PRODUCTS + 1), PATIENCE);
    expect(await openHolds()).toEqual([]);
  });
});
