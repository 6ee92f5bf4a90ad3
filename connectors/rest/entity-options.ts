import { z } from 'zod';

const text = z.string().min(1, 'must not be empty');
const query = z.record(z.string(), z.string()).default({});
const pageSize = z.int().min(2).max(10_000).default(100);
const method = z.enum(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * How a list is read to its end. `page` and `offset` need an order that stays (`sort=id`) and a page size that the vendor
 * honours, since each page reaches back into the one before, so that rows that move up are not lost.
 */
const pagingSchema = z.discriminatedUnion('kind', [
  /** The whole list in one answer. */
  z.strictObject({ kind: z.literal('none') }),
  /** A page number and a page size. */
  z.strictObject({
    kind: z.literal('page'),
    page: text.default('page'),
    size: text,
    first: z.int().min(0).max(1).default(1),
    /** Pages begin at multiples of their size, so sizes vary from here down to the half; fewer would not always overlap. */
    pageSize: z.int().min(20).max(10_000).default(100),
  }),
  /** A number of rows to skip, and how many to take. */
  z.strictObject({ kind: z.literal('offset'), offset: text.default('offset'), limit: text.default('limit'), pageSize }),
  /** A word of the vendor's for the next page, found in the answer. */
  z.strictObject({ kind: z.literal('cursor'), parameter: text, next: text }),
  /** The address of the next page: in the answer, or in its Link header. */
  z.strictObject({ kind: z.literal('link'), next: text.optional() }),
  /** The last id read: `{ filter: "id>{id|backslash}" }`. */
  z.strictObject({ kind: z.literal('keyset'), after: z.record(z.string(), z.string()), limit: text, pageSize }),
]);

const changesSchema = z.discriminatedUnion('kind', [
  /** Rows after (time, id) in that order; `after` knows {at} and {id}. */
  z.strictObject({
    kind: z.literal('keyset'),
    query,
    after: z.record(z.string(), z.string()),
    limit: text,
    /** No page is asked larger than this: the vendor's cap. */
    pageSize: pageSize.default(500),
  }),
  /** Rows since a time, in pages of `paging`; `since` knows {at}. */
  z.strictObject({ kind: z.literal('since'), query, since: z.record(z.string(), z.string()), paging: pagingSchema }),
]);

/** Many records in one request: `each` is joined into {each} of the query; or one request each without it. */
const lookupSchema = z.strictObject({
  path: z.string().regex(/^\//, 'must begin with /').optional(),
  query,
  each: text.optional(),
  join: text.default('||'),
  batch: z.int().min(1).max(500).default(25),
});

/** `body` knows {fields} (the columns to set), {record} (the whole record with them set), {id}, {key}, {version}. */
const writeSchema = z.strictObject({
  method,
  path: z.string().regex(/^\//, 'must begin with /'),
  query,
  headers: z.record(z.string(), z.string()).default({}),
  body: z.unknown().default('{fields}'),
  /** Where the record lies in the answer; null where the answer has none and it must be read. */
  returns: z.string().nullable().default(''),
});

/** Settings of one entity in the hub file (`options`). `source` is the path of its list. */
export const entityOptionsSchema = z.strictObject({
  /** Path of the external id in a record. */
  id: text.default('id'),
  /** Path of the version that writes are conditional on; without it the record has none. */
  version: text.optional(),
  /** Whether versions are whole numbers that rise. */
  versionOrder: z.enum(['numeric', 'none']).default('none'),
  /** The time of the last change: its path, and how the vendor prints it. */
  updated: z
    .strictObject({
      path: text,
      format: z.enum(['iso', 'iso-space', 'iso-seconds', 'unix', 'unix-ms']).default('iso'),
      zone: text.default('UTC'),
    })
    .optional(),
  /** What marks a record as deleted: any value but null, false, 0 and "", or exactly `equals`. */
  deleted: z.strictObject({ path: text, equals: z.string().optional() }).optional(),
  /** Columns in which the vendor says "" where it means nothing. */
  blank: z.array(text).default([]),
  /** Columns that are sent as JSON numbers. */
  numbers: z.array(text).default([]),
  /** Where the array lies in the answer of a list; '' is the answer itself. */
  records: z.string().default(''),
  /** Where a record lies in an item of a list or the answer of `get`. */
  record: z.string().default(''),
  /** `total`: path of the number of all records in the answer, to tell what a scan will cost. */
  list: z.strictObject({ query, paging: pagingSchema, total: text.optional() }),
  /** Without it the entity is scanned. */
  changes: changesSchema.optional(),
  /** Longer than the vendor's longest transaction, plus how long its indexes and replicas lag. */
  overlapMs: z.int().min(1_000).max(86_400_000).default(60_000),
  /** One record: its path, with {id}. */
  get: z.strictObject({ path: z.string().regex(/^\//, 'must begin with /'), query }),
  /** Records by id in few requests. */
  byId: lookupSchema.optional(),
  /** Records by the columns of their key; without it the hub makes no unattended creates. */
  byKey: lookupSchema.optional(),
  create: writeSchema.optional(),
  update: writeSchema.optional(),
  delete: writeSchema.extend({ body: z.unknown().optional() }).optional(),
});

export type EntityOptions = z.infer<typeof entityOptionsSchema>;
export type PagingOptions = z.infer<typeof pagingSchema>;
export type ChangesOptions = z.infer<typeof changesSchema>;
export type LookupOptions = z.infer<typeof lookupSchema>;
export type WriteOptions = EntityOptions['delete'];
