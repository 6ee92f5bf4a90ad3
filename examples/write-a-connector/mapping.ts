import {
  toCanonicalRecord,
  toKeyColumns,
  toSystemValues,
  type EntityMapping,
  type FetchResult,
  type ObservedRecord,
  type RecordWrite,
  type RejectedRecord,
  type SystemValues,
} from '#connector-sdk';
import { ENTITIES, type Entity } from '#contracts';
import { parseInstant, type ExternalId } from '#kernel';
import type { Article } from './client.js';

/** The mapping that the README shows: a hub file begins with it and changes what differs in its shop. */
export const ARTICLE_MAPPING: EntityMapping = {
  source: 'articles',
  key: ['sku'],
  fields: {
    ean: { from: 'ean' },
    name: { from: 'title' },
    brand: { from: 'brand' },
    weight: { from: 'grams', factor: '0.001' },
    active: { from: 'active' },
  },
  options: {},
};

/** What the hub knows of an article; a reason instead where the mapping can't translate it. */
export function toObserved(entity: Entity, mapping: EntityMapping, article: Article): ObservedRecord | RejectedRecord {
  const externalId = article.id as ExternalId;
  const record = toCanonicalRecord(mapping, ENTITIES[entity], article);
  if (!record.ok) return { externalId, reason: record.reason };
  return {
    externalId,
    key: record.key,
    version: String(article.version),
    changedAt: parseInstant(article.changedAt),
    status: article.deleted ? 'deleted' : 'live',
    fields: article.deleted ? {} : record.fields,
    digest: null,
  };
}

/** Parts a page into what could be mapped and what could not: one bad article never stops the others. */
export function toPage(entity: Entity, mapping: EntityMapping, articles: readonly Article[]): FetchResult {
  const mapped = articles.map((article) => toObserved(entity, mapping, article));
  return {
    records: mapped.filter((one): one is ObservedRecord => 'fields' in one),
    rejected: mapped.filter((one): one is RejectedRecord => 'reason' in one),
  };
}

/** The properties to send for a write; those of the key only with a create. */
export function toArticleValues(entity: Entity, mapping: EntityMapping, write: RecordWrite): SystemValues {
  const values = toSystemValues(mapping, write.fields);
  if (!values.ok || write.operation !== 'create') return values;
  const key = toKeyColumns(mapping, entity, write.key);
  return key.ok ? { ok: true, values: { ...values.values, ...key.value } } : key;
}
