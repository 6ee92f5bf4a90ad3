import type { Connector, ObservedRecord, RecordWrite, WriteOutcome } from '#connector-sdk';
import { SuiteClock } from '#connector-sdk/testing';
import type { Entity } from '#contracts';
import type { BusinessKey, CanonicalFields } from '#kernel';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openTryton, TrytonReader } from '../../test/harness/tryton-reader.js';
import { trytonUrl, TrytonUsers } from '../../test/harness/tryton-users.js';

// A project's testTimeout is not heeded by jest; every rule here works on a real ERP.
jest.setTimeout(120_000);
const users = new TrytonUsers();
const connector = openTryton('write', new SuiteClock());
beforeAll(() => users.empty());
afterAll(() => users.close());

describe('customers', () => {
  const fields = {
    name: 'Meier & Söhne GmbH',
    email: 'einkauf@example.com',
    phone: '+49 30 1234567',
    street: 'Weg 1\nHinterhaus',
    postcode: '10115',
    city: 'Berlin',
    country: 'DE',
    vatId: 'DE136695976',
  };

  test('a customer is written with all its parts, in one call, and read back the same', async () => {
    expect(await applyOne(connector, 'customer', toCreate('C-1', fields))).toMatchObject({
      kind: 'applied',
      stored: { key: 'C-1', fields },
    });
    expect(await applyOne(connector, 'customer', toCreate('C-1', fields))).toMatchObject({ kind: 'conflict' });
  });

  test('an update changes, adds and removes parts; a stale one is a conflict', async () => {
    const current = await getOne(connector, 'customer', 'C-1');
    const change = { email: 'neu@example.com', phone: null, city: 'Potsdam' };
    const outcome = await applyOne(connector, 'customer', toUpdate(current, change));
    expect(outcome).toMatchObject({ kind: 'applied', stored: { fields: { ...fields, ...change } } });
    expect(await applyOne(connector, 'customer', toUpdate(current, { city: 'stale' }))).toMatchObject({
      kind: 'conflict',
      current: { fields: { city: 'Potsdam' } },
    });
  });

  test('a part edited alone is told as a change of the customer', async () => {
    const reader = new TrytonReader(connector, 'customer');
    await reader.readAll();
    const party = Number(reader.live.get('C-1')?.externalId);
    await users.create('party.contact_mechanism', { party, type: 'phone', value: '0331 99' });
    await reader.readAll();
    expect(reader.live.get('C-1')?.fields['phone']).toBe('0331 99');
    await users.delete('party.party', [party]);
    await reader.readAll();
    expect([...reader.live.keys()]).toEqual([]);
  });

  test('values that Tryton refuses are rejected with its reason', async () => {
    const writes = [toCreate('C-2', { ...fields, vatId: 'DE1' }), toCreate('C-3', { ...fields, country: 'XX' })];
    const outcomes = await connector.apply('customer', [...writes, toCreate('C-4', fields)]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['rejected', 'rejected', 'applied']);
  });
});

describe('prices', () => {
  const key = 'P|standard|EUR||';

  test('a price is made, changed and removed; a product without one has none', async () => {
    const reader = new TrytonReader(connector, 'price');
    expect(await applyOne(connector, 'price', toCreate(key, { amount: '9.9' }))).toMatchObject({ kind: 'rejected' });
    const product = { ean: null, brand: null, weight: null, name: { en: 'Nail' }, active: true };
    await users.put([{ key: 'P', fields: product }]);
    await reader.readAll();
    expect(reader.live.size).toBe(0);
    expect(await applyOne(connector, 'price', toCreate(key, { amount: '9.9' }))).toMatchObject({ kind: 'applied' });
    await reader.readAll();
    expect(reader.live.get(key)?.fields).toEqual({ amount: '9.9', currency: 'EUR' });
    const current = await getOne(connector, 'price', key);
    const updated = await applyOne(connector, 'price', toUpdate(current, { amount: '0.0001' }));
    expect(updated).toMatchObject({ kind: 'applied', stored: { fields: { amount: '0.0001' } } });
    expect(await applyOne(connector, 'price', toUpdate(current, { amount: '1' }))).toMatchObject({ kind: 'conflict' });
    const last = await getOne(connector, 'price', key);
    const removal = { ...toUpdate(last, {}), operation: 'delete' } as const;
    expect(await applyOne(connector, 'price', removal)).toMatchObject({
      kind: 'applied',
      stored: { status: 'deleted' },
    });
    await reader.readAll();
    expect(reader.live.size).toBe(0);
  });
});

describe('stock', () => {
  test('stock is read by warehouse, in scans too, and never written', async () => {
    const { records } = await connector.scan('stock-level', { from: null, to: null }, null, 10);
    expect(records.map((record) => [record.key, record.fields])).toEqual([['P@WH', { onHand: '0' }]]);
    expect(await getOne(connector, 'stock-level', 'P@WH')).toEqual(records[0]);
    const update = toUpdate(records[0] as ObservedRecord, { onHand: '5' });
    expect(await applyOne(connector, 'stock-level', update)).toMatchObject({ kind: 'rejected' });
  });
});

describe('an inactive template', () => {
  test('is changed only when it is activated as well, and then whole', async () => {
    const product = { ean: null, brand: 'a', weight: '1', name: { en: 'Old' }, active: true };
    await users.put([{ key: 'OLD', fields: product }]);
    await users.write('product.template', [await users.templateOf('OLD')], { active: false });
    const current = await getOne(connector, 'product', 'OLD');
    expect(current.fields['active']).toBe(false);
    expect(await applyOne(connector, 'product', toUpdate(current, { brand: 'b' }))).toMatchObject({ kind: 'rejected' });
    const revived = await applyOne(connector, 'product', toUpdate(current, { brand: 'b', weight: '2', active: true }));
    expect(revived).toMatchObject({ kind: 'applied', stored: { fields: { brand: 'b', weight: '2', active: true } } });
  });
});

describe('check says in one sentence', () => {
  const problemsOf = async (config: object): Promise<readonly string[]> =>
    (await openTryton('observe', new SuiteClock(), config).check()).problems;

  test('that the credentials are wrong', async () => {
    const [problem, ...rest] = await problemsOf({ password: 'wrong-and-secret' });
    expect(problem).toMatch(/refuses the password of "admin".*Correct the credentials/);
    expect(problem).not.toContain('wrong-and-secret');
    expect(rest).toEqual([]);
  });

  test('that the host is not reached', async () => {
    const { url, server } = await answering(null);
    await new Promise((resolve) => server.close(resolve));
    const [problem, ...rest] = await problemsOf({ url });
    expect(problem).toMatch(/can't be reached at 127\.0\.0\.1:\d+: ECONNREFUSED\. Start the system/);
    expect(rest).toEqual([]);
  });

  test('that rights are missing, model by model', async () => {
    await users.addUser('reader', 'a-reader-of-nothing');
    const problems = await problemsOf({ user: 'reader', password: 'a-reader-of-nothing' });
    expect(problems).toContainEqual(expect.stringMatching(/^The user may not search Tryton's log/));
    expect(problems).toContain('The user may not read stock.move: give it a group that may.');
    const writing = await openTryton('write', new SuiteClock(), {
      user: 'reader',
      password: 'a-reader-of-nothing',
    }).check();
    expect(writing.canWrite).toBe(false);
    expect(writing.problems).toContainEqual(expect.stringMatching(/^The user may not write product\.product/));
  });

  test('that the version is not supported, and that what answers is no Tryton', async () => {
    const old = await answering({ id: 1, result: '6.0' });
    expect(await problemsOf({ url: old.url })).toEqual([expect.stringMatching(/^Tryton 6\.0 is not supported/)]);
    old.server.close();
    const other = await answering('<html>');
    expect(await problemsOf({ url: other.url })).toEqual([expect.stringMatching(/is no Tryton/)]);
    other.server.close();
  });
});

/** A server that answers everything with this. */
async function answering(body: unknown): Promise<{ url: string; server: Server }> {
  const server = createServer((_, response) => response.end(JSON.stringify(body)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const url = new URL(trytonUrl());
  url.port = String((server.address() as AddressInfo).port);
  return { url: url.href, server };
}

async function applyOne(target: Connector, entity: Entity, write: RecordWrite): Promise<WriteOutcome> {
  const [outcome] = await target.apply(entity, [write]);
  if (!outcome) throw new Error('a write without outcome');
  return outcome;
}

async function getOne(target: Connector, entity: Entity, key: string): Promise<ObservedRecord> {
  const { records } = await target.fetch(entity, { by: 'key', keys: [key as BusinessKey] });
  if (!records[0]) throw new Error(`nothing of the key ${key}`);
  return records[0];
}

function toCreate(key: string, fields: CanonicalFields): RecordWrite {
  return { operation: 'create', externalId: null, key: key as BusinessKey, expectedVersion: null, fields };
}

function toUpdate({ externalId, key, version }: ObservedRecord, fields: CanonicalFields): RecordWrite {
  return { operation: 'update', externalId, key, expectedVersion: version, fields };
}
