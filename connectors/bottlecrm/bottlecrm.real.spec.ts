import type { ScanPage } from '#connector-sdk';
import {
  AWKWARD_KEYS,
  AWKWARD_TEXTS,
  testConnector,
  type SuiteRecord,
  type SuiteShape,
  type SystemDriver,
} from '#connector-sdk/testing';
import { systemClock, type BusinessKey, type Clock, type ExternalId } from '#kernel';
import { describe, expect, jest, test } from '@jest/globals';
import { CrmOrganisation, crmUrl, withOrganisation } from '../../test/harness/bottlecrm.js';
import { lineTo } from '../../test/harness/line.js';

/** A request takes a tenth of a second, and many times that on a busy machine. */
jest.setTimeout(300_000);

const line = await lineTo(crmUrl(), 'http');

const SHAPE: SuiteShape = {
  text: 'city',
  plain: (key) => ({
    name: `Kunde ${key}`,
    email: 'einkauf@example.com',
    phone: '+49 30 1234567',
    street: 'Hauptstraße 1',
    postcode: '01067',
    city: 'Dresden',
    country: 'DE',
    vatId: 'DE123456789',
    priceGroup: 'A',
  }),
  // No two accounts of one name; the API asks for one.
  minimal: (key) => ({ name: `Kunde ${key}` }),
  edit: { phone: null, street: 'Nebenweg 2', vatId: null, priceGroup: 'B' },
  awkward: awkwardCustomers(),
};
/** Within what the API stores: it trims texts, and takes an empty custom field for one that is not set. */
function awkwardCustomers(): SuiteRecord[] {
  const texts = AWKWARD_TEXTS.filter((text) => text.trim() === text);
  const nth = <T>(values: readonly T[], n: number): T => values[n % values.length] as T;
  return AWKWARD_KEYS.map((key, n) => ({
    key,
    fields: {
      name: `${nth(texts, n)} ${n}`,
      email: nth([null, "o'brien+x@example.co.uk", 'ANNA@Example.com'], n),
      phone: nth(['+49 (0)30 123.456-7', null], n),
      street: nth([null, ...texts], n),
      postcode: nth(['01067', null, 'SW1A 1AA'], n),
      city: n % 4 === 0 ? '' : nth(texts, n + 1),
      country: nth(['DE', 'AT', null], n),
      vatId: nth([...texts, null], n + 2),
      priceGroup: nth([null, '007', 'true'], n),
    },
  }));
}

/** The same organisation, its connector behind the line. */
function throughLine(crm: CrmOrganisation): SystemDriver {
  const open = crm.open.bind(crm);
  return Object.assign(crm, {
    open: (mode: 'observe' | 'write', clock: Clock, config = {}) =>
      open(mode, clock, { url: line.url.origin, ...config }),
  });
}

testConnector({
  name: 'bottlecrm: accounts as customers',
  entity: 'customer',
  shape: SHAPE,
  capabilities: { changes: 'scan', precondition: 'none', deleteEvents: false, digest: false },
  comparesBeforeWrite: true,
  refused: { country: 'XX' },
  line: line.faults,
  setUp: async () => throughLine(await CrmOrganisation.create()),
});

test('an account that is closed or opened while it is scanned is not missed', () =>
  withOrganisation('ADMIN', async (crm) => {
    const keys = Array.from({ length: 30 }, (_, n) => `A-${n}`);
    await crm.put(keys.map((key) => ({ key, fields: SHAPE.plain(key) })));
    const connector = crm.open('observe', systemClock);
    const found = new Set<string>();
    let after: ExternalId | null = null;
    do {
      const page: ScanPage = await connector.scan('customer', { from: null, to: null }, after, 4);
      for (const { key } of page.records) found.add(key);
      await crm.query('UPDATE accounts SET is_active = NOT is_active WHERE org_id = $1 AND random() < 0.5');
      after = page.next;
    } while (after !== null);
    expect([...found].sort()).toEqual([...keys].sort());
  }));

test("what others keep in an account, and the number itself, stay through the hub's writes", () =>
  withOrganisation('ADMIN', async (crm) => {
    await crm.put([{ key: 'A', fields: SHAPE.plain('A') }]);
    await crm.query("UPDATE accounts SET website = 'https://example.com', description = 'call' WHERE org_id = $1");
    const connector = crm.open('write', systemClock);
    const { records } = await connector.fetch('customer', { by: 'key', keys: ['A' as BusinessKey] });
    const [record] = records;
    if (!record) throw new Error('no record');
    const { externalId, key, version: expectedVersion } = record;
    const write = {
      operation: 'update',
      externalId,
      key,
      expectedVersion,
      fields: { vatId: null, city: 'Bonn' },
    } as const;
    expect(await connector.apply('customer', [write])).toMatchObject([{ kind: 'applied' }]);
    const [row] = await crm.query('SELECT website, description, custom_fields, city FROM accounts WHERE org_id = $1');
    expect(row).toEqual({
      website: 'https://example.com',
      description: 'call',
      city: 'Bonn',
      custom_fields: { customer_number: 'A', price_group: 'A' },
    });
  }));

describe('check', () => {
  const problemsOf = async (crm: CrmOrganisation, change: Readonly<Record<string, unknown>> = {}): Promise<string> => {
    const report = await crm.open('write', systemClock, change).check();
    expect(report.problems).toHaveLength(1);
    return report.problems[0] ?? '';
  };

  test('with all rights finds nothing, and says that it may write', () =>
    withOrganisation('ADMIN', async (crm) => {
      expect(await crm.open('write', systemClock).check()).toMatchObject({ canWrite: true, problems: [] });
    }));

  test('says that the token is wrong, and does not show it', () =>
    withOrganisation('ADMIN', async (crm) => {
      const problem = await problemsOf(crm, { token: 'bcrm_pat_wrong' });
      expect(problem).toMatch(/403.*make a new personal access token/);
      expect(problem).not.toContain('bcrm_pat_wrong');
    }));

  test('says which scope the token lacks', () =>
    withOrganisation('ADMIN', async (crm) => {
      await crm.query(`UPDATE personal_access_token SET scopes =
        '["accounts:read", "profile:read", "custom-fields:read"]' WHERE org_id = $1`);
      expect(await problemsOf(crm)).toMatch(/accounts:write scope.*give the token that scope/);
    }));

  test('says that a token of no administrator hides accounts', () =>
    withOrganisation('USER', async (crm) => {
      expect(await problemsOf(crm)).toMatch(/no administrator.*use an administrator's token/);
    }));

  test('says which custom field is missing, and no account is written without it', () =>
    withOrganisation('ADMIN', async (crm) => {
      await crm.query("DELETE FROM custom_field_definition WHERE org_id = $1 AND key = 'customer_number'");
      expect(await problemsOf(crm)).toMatch(/no active custom field "customer_number".*add it/);
      const create = { operation: 'create', externalId: null, key: 'A' as BusinessKey, expectedVersion: null } as const;
      const writing = crm.open('write', systemClock).apply('customer', [{ ...create, fields: SHAPE.plain('A') }]);
      await expect(writing).rejects.toMatchObject({ code: 'HUB_SOURCE_SCHEMA' });
      expect((await crm.read()).size).toBe(0);
    }));

  test('says that nothing answers', () =>
    withOrganisation('ADMIN', async (crm) => {
      expect(await problemsOf(crm, { url: 'http://127.0.0.1:9' })).toMatch(/can't be reached.*start BottleCRM/);
    }));
});
