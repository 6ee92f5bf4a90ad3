import { describe, expect, test } from '@jest/globals';
import { judgePoint, type PointEvidence, type PointFindings } from './judge.js';
import { articleOf } from './source.js';
import type { TargetProduct } from './target.js';

const [KEY, BESIDE] = ['FP-u', 'FP-b'];
const article = articleOf(KEY, 2, true);
const product: TargetProduct = {
  ...{ key: KEY, de: article.de, en: article.en, description: article.description },
  ...{ weight: 0.02, active: true, own: 'mine' },
};

/** All is well: a user's value in the field that the target owns stayed and was told. */
const GOOD: PointEvidence = {
  keys: [KEY],
  articles: new Map([[KEY, article]]),
  products: [product],
  leftovers: [],
  edits: [{ key: KEY, field: 'own', value: 'mine' }],
  events: [
    { key: KEY, sequence: 1n, fields: { ean: null } },
    { key: KEY, sequence: 2n, fields: { ean: 'mine' } },
  ],
  ownField: 'ean',
  hasDescription: true,
};

const MUTANTS: readonly {
  readonly name: string;
  readonly finding: keyof PointFindings;
  readonly evidence: Partial<PointEvidence>;
}[] = [
  { name: 'two records have one key', finding: 'second_records', evidence: { products: [product, product] } },
  {
    name: 'a product without variant is left',
    finding: 'second_records',
    evidence: { leftovers: ['fp-u-0123456789x'] },
  },
  {
    name: 'a value of the hub comes back as the target’s',
    finding: 'echoes',
    evidence: { events: [...GOOD.events, { key: KEY, sequence: 3n, fields: { name: { en: article.en } } }] },
  },
  { name: 'an edit is gone', finding: 'lost_edits', evidence: { products: [{ ...product, own: null }] } },
  { name: 'nobody heard of an edit', finding: 'lost_edits', evidence: { events: [] } },
  {
    name: 'an edit of what the ERP owns is overwritten unseen',
    finding: 'lost_edits',
    evidence: { edits: [{ key: KEY, field: 'name', value: 'user’s' }] },
  },
  { name: 'a record is missing', finding: 'unequal_rows', evidence: { products: [] } },
  { name: 'a field differs', finding: 'unequal_rows', evidence: { products: [{ ...product, weight: 0.01 }] } },
];

describe('the judge of failpoint runs', () => {
  test('finds nothing when all is well, and nothing of the keys of another point', () => {
    const nothing = { second_records: [], echoes: [], lost_edits: [], unequal_rows: [] };
    expect(judgePoint(GOOD)).toEqual(nothing);
    const beside = { key: BESIDE, field: 'name', value: 'user’s' } as const;
    expect(judgePoint({ ...GOOD, edits: [...GOOD.edits, beside] })).toEqual(nothing);
  });

  test.each(MUTANTS)('finds it when $name', ({ finding, evidence }) => {
    expect(judgePoint({ ...GOOD, ...evidence })[finding]).not.toEqual([]);
  });
});
