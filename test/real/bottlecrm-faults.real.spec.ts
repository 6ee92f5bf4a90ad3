import type { Connector, RecordWrite } from '#connector-sdk';
import { systemClock, type BusinessKey } from '#kernel';
import { eventually } from '#testing';
import { expect, jest, test } from '@jest/globals';
import { CrmOrganisation, crmUrl, withOrganisation } from '../harness/bottlecrm.js';
import { unique } from '../harness/servers.js';
import { Toxiproxy, type ToxicProxy } from '../harness/toxiproxy.js';

jest.setTimeout(120_000);

const CREATE: RecordWrite = {
  operation: 'create',
  externalId: null,
  key: 'A' as BusinessKey,
  expectedVersion: null,
  fields: { name: 'Elbe Werkzeuge GmbH', city: 'Dresden' },
};

/** A connector that reaches its CRM through a proxy. */
async function throughProxy(
  work: (given: {
    readonly crm: CrmOrganisation;
    readonly proxy: ToxicProxy;
    readonly connector: Connector;
  }) => Promise<void>,
): Promise<void> {
  const proxy = await new Toxiproxy().proxy(unique('bottlecrm'), crmUrl().host);
  try {
    await withOrganisation('ADMIN', (crm) =>
      work({
        crm,
        proxy,
        connector: crm.open('write', systemClock, { url: `http://${proxy.address}`, timeoutMs: 20_000 }),
      }),
    );
  } finally {
    await proxy.remove();
  }
}

test('a create whose answer is lost is of unknown outcome, and repeated it is a conflict with the first', () =>
  throughProxy(async ({ crm, proxy, connector }) => {
    const lock = await crm.holdWrites();
    const applying = connector.apply('customer', [CREATE]);
    await lock.isAwaited();
    await proxy.disable();
    expect(await applying).toMatchObject([{ kind: 'unknown' }]);
    await lock.release();
    await proxy.enable();
    await eventually(async () => expect((await crm.read()).size).toBe(1), { timeoutMs: 30_000 });
    expect(await connector.apply('customer', [CREATE])).toMatchObject([{ kind: 'conflict', current: { key: 'A' } }]);
    expect((await crm.read()).size).toBe(1);
  }));

test('a scan of a CRM that is cut off or gone ends with an error to retry, and goes on once it is back', () =>
  throughProxy(async ({ crm, proxy, connector }) => {
    await crm.put(['A', 'B', 'C'].map((key) => ({ key, fields: { name: key } })));
    const scan = (): Promise<unknown> => connector.scan('customer', { from: null, to: null }, null, 100);
    const faults = [
      () => proxy.add({ type: 'limit_data', bytes: 500 }),
      () => proxy.add({ type: 'reset_peer', timeout: 0 }),
      () => proxy.disable().then(() => () => proxy.enable()),
    ];
    const codes = [];
    for (const fault of faults) {
      const takeAway = await fault();
      const error = (await scan().catch((cause: unknown) => cause)) as { code?: string; disposition?: string };
      codes.push([error.code, error.disposition]);
      await takeAway();
    }
    const unreachable = ['HUB_SOURCE_UNREACHABLE', 'retry'];
    expect(codes).toEqual([unreachable, unreachable, unreachable]);
    expect(await scan()).toMatchObject({ records: { length: 3 }, next: null });
  }));

test('a call to a CRM that is silent ends within the time-out', () =>
  throughProxy(async ({ crm, proxy }) => {
    // Below the 2 s after which BottleCRM's server closes a connection that asks nothing.
    const connector = crm.open('observe', systemClock, { url: `http://${proxy.address}`, timeoutMs: 1_000 });
    await proxy.add({ type: 'timeout', timeout: 0 }, 'upstream');
    await expect(connector.fetch('customer', { by: 'key', keys: [CREATE.key] })).rejects.toMatchObject({
      code: 'HUB_SOURCE_TIMEOUT',
      disposition: 'retry',
    });
    expect((await connector.check()).problems).toEqual([expect.stringMatching(/did not answer within 1000 ms/)]);
  }));

test('a slow line in small packets changes nothing but the time', () =>
  throughProxy(async ({ crm, proxy, connector }) => {
    await crm.put(['A', 'B', 'C'].map((key) => ({ key, fields: { name: `Größe ${key} 🔩` } })));
    await proxy.add({ type: 'latency', latency: 100, jitter: 50 });
    await proxy.add({ type: 'slicer', average_size: 1_000, size_variation: 700, delay: 100 });
    const { records } = await connector.scan('customer', { from: null, to: null }, null, 100);
    expect(records.map(({ fields }) => fields['name']).sort()).toEqual(['Größe A 🔩', 'Größe B 🔩', 'Größe C 🔩']);
  }));
