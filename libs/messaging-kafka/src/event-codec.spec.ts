import { beforeAll, describe, expect, test } from '@jest/globals';
import { ENTITIES, type ContributionEvent, type Entity, type EventTypeName, type GoldenEvent } from '#contracts';
import type { BusinessKey, CanonicalValue, ExternalId, FieldType, Instant, SystemId } from '#kernel';
import fc from 'fast-check';
import { AvroCodec } from './avro-codec.js';
import { EventCodec } from './event-codec.js';
import { InMemorySchemaSource } from './in-memory-schema-source.js';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const instant = fc
  .record({
    date: fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true }),
    micros: fc.nat(999),
  })
  .map(({ date, micros }) => `${date.toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z` as Instant);

/** A canonical decimal: up to ten digits before and `scale` after the point. */
const decimal = (scale: number): fc.Arbitrary<string> =>
  fc.bigInt({ min: -(10n ** 10n), max: 10n ** 10n }).map((unscaled) => {
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
    const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
    return `${unscaled < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${fraction && `.${fraction}`}`;
  });

function valueOf(type: FieldType, scale: number): fc.Arbitrary<CanonicalValue> {
  const kinds: Readonly<Record<FieldType, fc.Arbitrary<CanonicalValue>>> = {
    text,
    boolean: fc.boolean(),
    instant,
    texts: fc.dictionary(fc.constantFrom('de', 'en', 'zh-Hant', 'pt-BR'), text, { noNullPrototype: true }),
    decimal: decimal(scale),
  };
  return fc.option(kinds[type], { nil: null });
}

/** Any subset of an entity's fields: absent, null or a value. */
function fieldsOf(entity: Entity): fc.Arbitrary<Record<string, CanonicalValue>> {
  const model = Object.entries(ENTITIES[entity].fields).map(
    ([name, field]) => [name, valueOf(field.type, field.scale ?? 0)] as const,
  );
  const subset = fc.record(Object.fromEntries(model), { requiredKeys: [], noNullPrototype: true });
  return subset as fc.Arbitrary<Record<string, CanonicalValue>>;
}

const entities = Object.keys(ENTITIES) as Entity[];
const sequence = fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) - 1n });
const status = fc.constantFrom('live' as const, 'deleted' as const);

const contribution = fc.constantFrom(...entities).chain((entity) =>
  fc
    .record({
      fields: fieldsOf(entity),
      sequence,
      status,
      observedAt: instant,
      at: fc.option(instant),
      unread: fc.boolean(),
    })
    .map(({ at, unread, fields, ...rest }): ContributionEvent => ({
      ...rest,
      entity,
      fields,
      system: 'erp' as SystemId,
      externalId: 'x-1' as ExternalId,
      key: 'K@1' as BusinessKey,
      epoch: 1,
      marks: Object.fromEntries(Object.keys(fields).map((name) => [name, { at, unread }])),
    })),
);

const golden = fc.constantFrom(...entities).chain((entity) =>
  fc
    .record({
      fields: fieldsOf(entity),
      version: sequence,
      sequence,
      status,
      changedAt: instant,
      at: fc.option(instant),
    })
    .map(({ at, fields, ...rest }): GoldenEvent => ({
      ...rest,
      entity,
      fields,
      key: 'Ünïcode|日本' as BusinessKey,
      policyVersion: 3,
      merged: [{ system: 'pim' as SystemId, externalId: 'p' as ExternalId, epoch: 1, sequence: rest.sequence }],
      origins: Object.fromEntries(
        Object.keys(fields).map((name) => [name, { system: 'pim' as SystemId, at, rule: 'owner' }]),
      ),
    })),
);

describe('EventCodec', () => {
  const codec = new AvroCodec(new InMemorySchemaSource());
  const events = new EventCodec(codec);
  beforeAll(() => codec.ensureSchemas());

  test('a contribution survives: absent, null and value of every entity', () => {
    fc.assert(
      fc.property(contribution, (event) => {
        expect(events.decodeContribution(event.entity, events.encodeContribution(event))).toEqual(event);
      }),
      { numRuns: 300 },
    );
  });

  test('a golden event survives', () => {
    fc.assert(
      fc.property(golden, (event) => {
        expect(events.decodeGolden(event.entity, events.encodeGolden(event))).toEqual(event);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['9.9000', '9.9'],
    ['-0.5000', '-0.5'],
    ['0', '0'],
    ['-0', '0'],
    ['007', '7'],
    ['99999999999999.9999', '99999999999999.9999'],
    ['-1.28', '-1.28'],
    ['0.0001', '0.0001'],
  ])('writes the decimal %s and reads its canonical form %s', (written, read) => {
    const buffer = events.encodeContribution(aPrice({ amount: written }));
    expect(events.decodeContribution('price', buffer).fields).toEqual({ amount: read });
  });

  test.each(['1.23456', '1e3', ' 1', '', '1.', '123456789012345678901234567890123456789.0'])(
    'refuses the decimal %j and names the field',
    (amount) => {
      expect(() => events.encodeContribution(aPrice({ amount }))).toThrow(
        expect.objectContaining({
          code: 'HUB_PAYLOAD_INVALID',
          details: expect.objectContaining({ fields: ['amount'] }),
        }),
      );
    },
  );

  test('refuses an event of another entity', () => {
    const buffer = events.encodeContribution(aPrice({ amount: '1' }));
    const code = 'HUB_PAYLOAD_INVALID';
    expect(() => events.decodeContribution('product', buffer)).toThrow(expect.objectContaining({ code }));
    expect(() => events.decodeGolden('price', buffer)).toThrow(expect.objectContaining({ code }));
  });

  test('names of types exist', () => {
    for (const entity of entities)
      expect(codec.encode.bind(codec, ENTITIES[entity].goldenType as EventTypeName, {})).toThrow(
        expect.objectContaining({ code: 'HUB_PAYLOAD_INVALID' }),
      );
  });
});

function aPrice(fields: Record<string, CanonicalValue>): ContributionEvent {
  return {
    entity: 'price',
    system: 'erp' as SystemId,
    externalId: 'x' as ExternalId,
    key: 'k' as BusinessKey,
    epoch: 1,
    sequence: 1n,
    status: 'live',
    observedAt: '2026-11-23T04:05:06.123456Z' as Instant,
    fields,
    marks: Object.fromEntries(Object.keys(fields).map((name) => [name, { at: null, unread: false }])),
  };
}
