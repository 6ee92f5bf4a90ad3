import { describe, expect, test } from '@jest/globals';
import { ENTITIES, type Entity } from '#contracts';
import fc from 'fast-check';
import { MASK, maskPersonal } from './mask-personal.js';

const CANARY = 'canary-7f3a';
const at = '2026-11-26T10:00:00.000000Z';

describe('personal fields', () => {
  test('of a record are masked, others stay; what is empty stays empty', () => {
    const fields = { name: 'Ann', email: 'ann@example.com', phone: null, country: 'FR', priceGroup: 'A' };
    const masked = { name: MASK, email: MASK, phone: null, country: 'FR', priceGroup: 'A' };
    expect(maskPersonal({ entity: 'customer', key: 'C-1', fields }, null)).toEqual({
      entity: 'customer',
      key: 'C-1',
      fields: masked,
    });
  });

  test('of another entity nothing is masked, though it has a field of that name', () => {
    const product = { entity: 'product', key: 'A1', fields: { name: { en: 'Lamp' }, ean: '1' } };
    expect(maskPersonal(product, null)).toEqual(product);
  });

  test('a name of something that is no record stays', () => {
    const webhooks = [{ name: 'shop-hook', host: 'hooks.example.com', pending: 0 }];
    expect(maskPersonal(webhooks, null)).toEqual(webhooks);
    expect(maskPersonal({ id: 1, fields: { name: CANARY } }, null)).toEqual({ id: 1, fields: { name: MASK } });
  });

  test('explained: who said it and when stay, what was said goes', () => {
    const override = { by: 'ann', overrules: [{ system: 'erp', value: CANARY }] };
    const values = [{ system: 'crm', externalId: '1', value: CANARY, at, unread: false, won: true, override }];
    const report = { entity: 'customer', fields: { email: { value: CANARY, rule: 'owner', values } } };
    const shown = maskPersonal(report, 'customer');
    expect(JSON.stringify(shown)).not.toContain(CANARY);
    expect(shown).toMatchObject({
      fields: {
        email: { value: MASK, rule: 'owner', values: [{ system: 'crm', at, won: true, override: { by: 'ann' } }] },
      },
    });
  });

  test('of a mirror row: observation, contribution, intent, stored forms, golden', () => {
    const field = { value: CANARY, at, sequence: '1', unread: false };
    const row = {
      ...{ entity: 'customer', externalId: '1', key: 'C-1', observation: { version: '2', fields: { email: CANARY } } },
      ...{
        contribution: { epoch: 1, fields: { street: field } },
        intent: { fields: { vatId: CANARY }, operation: 'update' },
      },
      ...{ storedForms: { city: { wrote: CANARY, as: CANARY } }, golden: { fields: { postcode: CANARY } } },
    };
    const [shown] = maskPersonal([row], 'customer') as [typeof row];
    expect(JSON.stringify(shown)).not.toContain(CANARY);
    expect([shown.observation.version, shown.contribution.fields.street.at]).toEqual(['2', at]);
  });

  test('of changes that a revert would make, also where nobody says of which entity', () => {
    const items = [
      {
        key: 'C-1',
        changes: [{ field: 'email', now: CANARY, before: CANARY }],
        skipped: [{ field: 'email', why: 'moved' }],
      },
    ];
    for (const answer of [items, { selection: { entity: 'customer' }, samples: items }]) {
      const text = JSON.stringify(maskPersonal(answer, null));
      expect(text).not.toContain(CANARY);
      expect(text).toContain('"why":"moved"');
    }
  });

  test('what a mapping says against a record may quote it; against one without personal fields it stays', () => {
    const setAside = [
      { entity: 'customer', externalId: '1', reason: `"${CANARY}" is no e-mail address` },
      { entity: 'price', externalId: '2', reason: 'no currency' },
    ];
    const shown = maskPersonal({ system: 'crm', setAside }, null) as { setAside: typeof setAside };
    expect(shown.setAside.map(({ reason }) => reason)).toEqual([MASK, 'no currency']);
  });

  test('a mark names its field', () => {
    const present = [{ name: 'email', at, unread: false }];
    expect(maskPersonal({ entity: 'customer', present }, null)).toEqual({ entity: 'customer', present });
  });

  test('no personal value of any record is left, however deep it stands', () => {
    const names = Object.entries(ENTITIES.customer.fields).filter(([, { personal }]) => personal !== undefined);
    const record = fc.constantFrom(...names.map(([name]) => name)).map((name) => ({ [name]: CANARY }));
    const { answer } = fc.letrec<{ answer: unknown }>((tie) => ({
      answer: fc.oneof(
        { maxDepth: 5 },
        record,
        fc.array(tie('answer'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('fields', 'golden', 'x', 'values'), tie('answer')),
      ),
    }));
    const shown = (one: unknown): string =>
      JSON.stringify([maskPersonal(one, 'customer'), maskPersonal({ fields: one }, null)]);
    fc.assert(fc.property(answer, (one) => !shown(one).includes(CANARY)));
  });
});

test('the schemas tag what a person can be known by', () => {
  const tagged = Object.keys(ENTITIES).flatMap((entity) =>
    Object.entries(ENTITIES[entity as Entity].fields).flatMap(([name, { personal }]) =>
      personal ? [`${entity}.${name}: ${personal}`] : [],
    ),
  );
  expect(tagged).toEqual([
    ...['customer.name: name', 'customer.email: email', 'customer.phone: phone', 'customer.street: address'],
    ...['customer.postcode: address', 'customer.city: address', 'customer.vatId: tax-id'],
  ]);
});
