import type { CanonicalFields } from '#kernel';
import type { Article } from './source.js';
import type { TargetProduct } from './target.js';

/** What a user did in the target. */
export interface UserEdit {
  readonly key: string;
  /** `own`: the field that the target owns; `name`: one that the ERP owns. */
  readonly field: 'own' | 'name';
  readonly value: string;
}

/** An event on the target's change topic. */
export interface AuthoredEvent {
  readonly key: string;
  readonly sequence: bigint;
  readonly fields: CanonicalFields;
}

/** What is known when all is quiet again; products and events in full, read without the hub. */
export interface PointEvidence {
  /** Keys that the point was about. */
  readonly keys: readonly string[];
  readonly articles: ReadonlyMap<string, Article>;
  readonly products: readonly TargetProduct[];
  /** Slugs of what a create left and no record needs. */
  readonly leftovers: readonly string[];
  readonly edits: readonly UserEdit[];
  readonly events: readonly AuthoredEvent[];
  readonly ownField: string;
  readonly hasDescription: boolean;
}

/** What is wrong after one point; empty lists when nothing is. */
export interface PointFindings {
  readonly second_records: readonly string[];
  readonly echoes: readonly string[];
  readonly lost_edits: readonly string[];
  readonly unequal_rows: readonly string[];
}

/** Compares source, target and change topic for the keys of one point. Pure. */
export function judgePoint(evidence: PointEvidence): PointFindings {
  const { keys, products } = evidence;
  const counts = keys.map((key) => ({ key, count: products.filter((product) => product.key === key).length }));
  const left = keys.filter((key) => evidence.leftovers.some((slug) => slug.startsWith(key.toLowerCase())));
  return {
    second_records: [
      ...counts.filter(({ count }) => count > 1).map(({ key, count }) => `${key}: ${count} records`),
      ...left.map((key) => `${key}: a product without variant`),
    ],
    echoes: evidence.events.filter(({ key }) => keys.includes(key)).flatMap((event) => findEchoes(event, evidence)),
    lost_edits: evidence.edits.filter(({ key }) => keys.includes(key)).flatMap((edit) => findLost(edit, evidence)),
    unequal_rows: keys.flatMap((key) => findUnequal(key, evidence)),
  };
}

/** Fields of an event that no user of the target wrote. */
function findEchoes({ key, sequence, fields }: AuthoredEvent, { edits, ownField }: PointEvidence): string[] {
  const wrote = (field: UserEdit['field'], value: unknown): boolean =>
    edits.some((edit) => edit.key === key && edit.field === field && edit.value === value);
  return Object.entries(fields).flatMap(([name, value]) => {
    if (value === null || (name === ownField && wrote('own', value))) return [];
    return name === 'name' && wrote('name', englishOf(value))
      ? []
      : [`${key}: ${name} ${JSON.stringify(value)} in sequence ${sequence}`];
  });
}

/** An edit is lost when nobody heard of it, and one of the target's own field also when it is gone. */
function findLost({ key, field, value }: UserEdit, { products, events, ownField }: PointEvidence): string[] {
  const isHeard = events.some((event) => {
    const authored = field === 'own' ? event.fields[ownField] : englishOf(event.fields['name']);
    return event.key === key && authored === value;
  });
  if (!isHeard) return [`${key}: the edit of ${field} was not published`];
  if (field === 'name') return [];
  return products.some((product) => product.key === key && product.own === value) ? [] : [`${key}: the edit is gone`];
}

function findUnequal(key: string, { articles, products, hasDescription }: PointEvidence): string[] {
  const article = articles.get(key);
  const product = products.find((one) => one.key === key);
  if (!article || !product) return [`${key}: ${article ? 'not in the target' : 'not in the source'}`];
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['de', article.de, product.de],
    ['en', article.en, product.en],
    ['weight', article.grams / 1000, product.weight],
    ['active', article.active, product.active],
    ['description', hasDescription ? article.description : null, product.description],
  ];
  return pairs.filter(([, a, b]) => a !== b).map(([name, a, b]) => `${key}: ${name} ${String(a)}, target ${String(b)}`);
}

function englishOf(name: unknown): unknown {
  return name !== null && typeof name === 'object' ? (name as { readonly en?: unknown }).en : undefined;
}
