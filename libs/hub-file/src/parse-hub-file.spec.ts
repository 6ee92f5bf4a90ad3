import { describe, expect, test } from '@jest/globals';
import { describeProblem, parseHubFile } from './index.js';
import { parsingWith } from './parsing-with.js';

const ENV = { ERP_URL: 'postgres://u:secret@db/erp' };

const GOOD = `hub: { name: demo, topicPrefix: 'demo.', port: 7700 }
systems:
  erp:
    connector: sql
    mode: write
    config: { url: '\${ERP_URL}', schema: '\${ERP_SCHEMA:-public}', cost: '$\${5}', nested: { list: [1, true, '\${ERP_URL}'] } }
    entities:
      product:
        source: products
        key: [sku]
        options: { id: id, changedAt: updated_at }
        fields:
          ean: ean13
          weight: { from: weight_g, factor: '0.001' }
          name: { from: { de: name_de, en: name_en } }
      stock-level: { source: stock, key: [sku, '=main'], fields: { onHand: qty } }
      price: { source: prices, key: sku, fields: { amount: { from: amount, scale: 2 }, validTo: { from: until, zone: Europe/Berlin } } }
  shop:
    connector: sql
    entities:
      product: { source: product, key: [sku], fields: { ean: ean, weight: { from: kg, readOnly: true }, brand: kg } }
survivorship:
  product:
    version: 2
    create: [erp]
    delete: [erp]
    owner: { erp: [ean] }
    priority: { weight: [shop, erp] }
    lastWriter: { name: [erp, shop] }
limits:
  live: { price: { window: 2m, maxChangedShare: 0.3, toZero: { amount: { max: 0 } } } }
  repair: { product: { minDeletes: 7 } }
reconcile: { every: 15m, keepRounds: 30d }
`;

const { parse, problems } = parsingWith(ENV);

/** Problems of the good file after one edit, as lines. */
function afterEdit(from: string, to: string): readonly string[] {
  expect(GOOD).toContain(from);
  return problems(GOOD.replace(from, to)).map(describeProblem);
}

describe('a good hub file', () => {
  const file = parse(GOOD);

  test('keeps the order of the systems, defaults the mode and replaces references', () => {
    expect(file.systems.map(({ id, mode }) => [id, mode])).toEqual([
      ['erp', 'write'],
      ['shop', 'observe'],
    ]);
    expect(file.systems[0]?.config).toEqual({
      url: ENV.ERP_URL,
      schema: 'public',
      cost: '${5}',
      nested: { list: [1, true, ENV.ERP_URL] },
    });
  });

  test('reads the short and the long form of a field, and a key of one column', () => {
    expect(file.systems[0]?.entities.product).toEqual({
      source: 'products',
      key: ['sku'],
      options: { id: 'id', changedAt: 'updated_at' },
      fields: {
        ean: { from: 'ean13' },
        weight: { from: 'weight_g', factor: '0.001' },
        name: { from: { de: 'name_de', en: 'name_en' } },
      },
    });
    expect(file.systems[0]?.entities['stock-level']?.key).toEqual(['sku', '=main']);
    expect(file.systems[0]?.entities.price?.key).toEqual(['sku']);
    expect(file.systems[1]?.entities.product?.fields['weight']).toEqual({ from: 'kg', readOnly: true });
  });

  test('reads all three kinds of rules', () => {
    expect(file.survivorship.product).toEqual({
      version: 2,
      create: ['erp'],
      delete: ['erp'],
      fields: {
        ean: { kind: 'owner', system: 'erp' },
        weight: { kind: 'priority', systems: ['shop', 'erp'] },
        name: { kind: 'last-writer-wins', systems: ['erp', 'shop'] },
      },
    });
  });

  test('fills limits in from the defaults, per setting', () => {
    expect(file.liveLimits.price).toMatchObject({
      windowMs: 120_000,
      maxChangedShare: 0.3,
      minChanged: 500,
      toZero: { amount: { max: 0 } },
    });
    expect(file.liveLimits.price.changedBy).toEqual({ amount: { percent: 50, max: 100 } });
    expect(file.liveLimits.customer).toMatchObject({ windowMs: 60_000, minDeletes: 5, toZero: {} });
    expect(file.repairLimits.product).toEqual({
      maxChangedShare: 0.02,
      minChanged: 50,
      maxDeleteShare: 0.005,
      minDeletes: 7,
      maxShrinkShare: 0.02,
    });
    const dayMs = 24 * 60 * 60_000;
    expect(file.reconcile).toEqual({
      everyMs: 900_000,
      keepRoundsMs: 30 * dayMs,
      keepAuditMs: 400 * dayMs,
      maxRateShare: 0.2,
    });
  });
});

describe('a bad hub file', () => {
  test('tells all problems at once, in the order of the file, each with line and column', () => {
    const bad = `hub: { nmae: demo, port: high }
systems:
  ERP: { connector: sql, entities: {} }
  shop:
    conector: sql
    mode: wriet
    config: { url: '\${SHOP_URL}' }
    entities:
      prodct: {}
      product:
        source: products
        key: [sku]
        fields: { naem: title, ean: [a], weight: { from: kg, facto: 2 }, ean: b }
survivorship:
  product:
    version: '1'
    create: [erp, shpo]
    owner: { shop: [weight, colour] }
    priority: { weight: [shop] }
limits: { repair: { product: { maxChangedShare: 2 } }, live: { product: { toZero: { ean: { max: 1 } }, window: 2d } } }
reconcile: { every: often }
`;
    expect(problems(bad).map(({ line, column, path }) => `${line}:${column} ${path}`)).toEqual([
      '1:6 hub',
      '1:8 hub.nmae',
      '1:26 hub.port',
      '3:3 systems.ERP',
      '5:5 systems.shop.conector',
      '5:5 systems.shop',
      '6:11 systems.shop.mode',
      '7:20 systems.shop.config.url',
      '9:7 systems.shop.entities.prodct',
      '13:19 systems.shop.entities.product.fields.naem',
      '13:37 systems.shop.entities.product.fields.ean',
      '13:62 systems.shop.entities.product.fields.weight.facto',
      '13:74 systems.shop.entities.product.fields.ean',
      '16:14 survivorship.product.version',
      '17:14 survivorship.product.create[0]',
      '17:19 survivorship.product.create[1]',
      '18:29 survivorship.product.owner.shop[1]',
      '19:17 survivorship.product.priority.weight',
      '20:49 limits.repair.product.maxChangedShare',
      '20:85 limits.live.product.toZero.ean',
      '20:112 limits.live.product.window',
      '21:21 reconcile.every',
    ]);
  });

  test.each([
    [
      'ean: ean13',
      'eam: ean13',
      '13:11 systems.erp.entities.product.fields.eam: The entity product has no field "eam". Did you mean "ean"?',
    ],
    [
      'lastWriter: {',
      'lastwriter: {',
      '29:5 survivorship.product.lastwriter: Unknown field "lastwriter". Did you mean "lastWriter"?',
    ],
    [
      '[shop, erp]',
      '[shpo, erp]',
      '28:26 survivorship.product.priority.weight[0]: Unknown system "shpo". Did you mean "shop"?',
    ],
    [
      'weight: [shop',
      'ean: [shop',
      '28:17 survivorship.product.priority.ean: The field "ean" is owned twice. Its first rule is on line 27; keep one of them.',
    ],
    ['mode: write', 'mode: wriet', '5:11 systems.erp.mode: Unknown word "wriet". Did you mean "write"?'],
    ['create: [erp]', 'create: []', '25:13 survivorship.product.create: No system is named. Name at least one system.'],
    [
      'brand: kg',
      'brand: ean',
      '21:112 systems.shop.entities.product.fields.brand: "brand" and "ean" are both written to "ean". Map one of them elsewhere, or mark it readOnly: true.',
    ],
    [
      'zone: Europe/Berlin',
      'zone: Berlin',
      '17:118 systems.erp.entities.price.fields.validTo.zone: "Berlin" is no time zone. Write an IANA name, for example Europe/Berlin.',
    ],
    [
      "factor: '0.001'",
      "factor: '0'",
      "14:45 systems.erp.entities.product.fields.weight.factor: This is not valid here. Write a decimal, for example '0.001'.",
    ],
    [
      'ean: ean13',
      'ean: { from: ean13, scale: 2 }',
      '13:38 systems.erp.entities.product.fields.ean.scale: "scale" has no meaning for a text field. Remove it.',
    ],
    [
      "topicPrefix: 'demo.'",
      'topicPrefix: demo',
      '1:33 hub.topicPrefix: This is not valid here. Leave it empty, or use up to 20 lower-case letters, digits, dashes and dots, ending in a dot: "shop1.".',
    ],
    [
      'keepRounds: 30d',
      'keepRounds: 23h',
      '33:38 reconcile.keepRounds: This is too short. Write at least 1d, for example 90d.',
    ],
    [
      'reconcile: { every: 15m,',
      'reconcile: { every: 15,',
      '33:21 reconcile.every: This is no duration. Write for example 30s, 15m, 1h or 1d.',
    ],
    [
      'owner: { erp: [ean] }',
      'owner: { shop: [taxClass] }',
      '27:21 survivorship.product.owner.shop[0]: No value can come for "taxClass": shop does not map it. Map it in systems.shop.entities.product.fields.',
    ],
  ])('%s → %s', (from, to, problem) => {
    expect(afterEdit(from, to)).toEqual([problem]);
  });

  test('names a missing variable, and never shows the value of another', () => {
    const found = problems(GOOD.replace('${ERP_SCHEMA:-public}', '${ERP_SCHEMA}').replace('port: 7700', 'port: 1'));
    expect(found.map(describeProblem)).toEqual([
      '1:48 hub.port: 1 is out of range. Write a number from 1024 to 65000.',
      '6:42 systems.erp.config.schema: The environment variable ERP_SCHEMA is not set. Set ERP_SCHEMA, or write ${ERP_SCHEMA:-default} here.',
    ]);
    expect(JSON.stringify(problems(GOOD.replace("'demo.'", "'${ERP_URL}'")))).not.toContain('secret');
    expect(JSON.stringify(problems(GOOD.replace('mode: write', "mode: '${ERP_URL}'")))).not.toContain('secret');
  });

  test('keeps references to unset variables where the caller opens no system', () => {
    const result = parseHubFile(GOOD, { env: {}, unsetVariables: 'keep' });
    expect('file' in result && result.file.systems[0]?.config['url']).toBe('${ERP_URL}');
  });

  test('a syntax error stands alone, and an empty file is told', () => {
    expect(problems('hub: { name: demo\nsystems: [').map(({ line }) => line)).toContain(2);
    expect(problems('').map(describeProblem)).toEqual([
      '1:1 Expected names with values, found nothing. Write names with values here.',
    ]);
  });

  test('checks the kind and the configuration of a connector where kinds are given', () => {
    const sql = { id: 'sql', findConfigProblems: () => [{ path: ['nested', 'list', 7], message: 'too long' }] };
    const result = parseHubFile(GOOD.replace('shop:\n    connector: sql', 'shop:\n    connector: sqll'), {
      env: ENV,
      connectors: [sql],
    });
    expect('problems' in result && result.problems.map(describeProblem)).toEqual([
      '6:98 systems.erp.config.nested.list: nested.list.7: too long See the README of this connector for its settings.',
      '19:16 systems.shop.connector: Unknown word "sqll". Did you mean "sql"?',
    ]);
  });

  test('an anchor is read, one that contains itself is told', () => {
    expect(
      parse(GOOD.replace('[1, true', '&x [1, true').replace("schema: '${ERP_SCHEMA:-public}'", 'copy: 1')),
    ).toBeDefined();
    expect(problems(GOOD.replace("schema: '${ERP_SCHEMA:-public}'", 'deep: &a { a: *a }')).length).toBe(1);
  });

  test('a name of a built-in property is an ordinary unknown name', () => {
    const [found] = afterEdit('ean: ean13', '__proto__: ean13');
    expect(found).toContain('has no field "__proto__"');
    expect(afterEdit('erp: [ean]', 'constructor: [ean]')[0]).toContain('Unknown system "constructor"');
  });
});
