import { FEED_NAME_RULE, isFeedName, toFeedPath, type FeedPath } from '#atom-feed';
import type { Entity } from '#contracts';
import { HubError, parseInstant } from '#kernel';
import { compileShape, type SeedShape } from '#replay';
import { readCondition } from './replay-options.js';

/** Options that name a target, and what of the topic it holds. */
export interface SeedTargetFlags {
  readonly to?: string;
  readonly table?: string;
  readonly where?: readonly string[];
  readonly fields?: string;
  readonly asOf?: string;
  readonly from?: string;
  readonly acceptDifferences?: boolean;
}

/** A target as the command line names it. */
export type TargetAddress =
  | { readonly kind: 'postgres'; readonly url: string; readonly schema: string; readonly table: string }
  | { readonly kind: 'topic'; readonly topic: string }
  | { readonly kind: 'feed'; readonly feed: FeedPath }
  | { readonly kind: 'json-lines'; readonly path: string };

/** @throws HubError HUB_REQUEST_INVALID for what can't be understood, or does not fit the entity */
export function readShape(entity: Entity, { where = [], fields, asOf, from = 'topic' }: SeedTargetFlags): SeedShape {
  const instant = asOf === undefined ? null : parseInstant(asOf);
  if (asOf !== undefined && instant === null)
    throw invalid(`--as-of ${asOf}: write a time with its zone, like 2026-11-23T04:05:06Z.`);
  if (from !== 'topic' && from !== 'sources') throw invalid(`--from ${from}: write topic or sources.`);
  const shape: SeedShape = {
    where: where.map(readCondition),
    fields: fields === undefined ? null : fields.split(',').map((name) => name.trim()),
    asOf: instant,
    ...(from === 'sources' && { from }),
  };
  compileShape(entity, shape);
  return shape;
}

/** @throws HubError HUB_REQUEST_INVALID */
export function readAddress(entity: Entity, { to, table }: SeedTargetFlags): TargetAddress {
  if (to === undefined) throw invalid(`Name the target: --to ${FORMS}.`);
  const [, kind, rest = ''] = /^(topic|feed|jsonl):(.+)$/s.exec(to) ?? [];
  if (kind !== undefined && table !== undefined) throw invalid('--table is of a PostgreSQL target only.');
  if (kind === 'topic') return { kind: 'topic', topic: rest };
  if (kind === 'feed') return { kind, feed: readFeed(entity, rest) };
  if (kind === 'jsonl') return { kind: 'json-lines', path: rest };
  return readTable(to, table ?? entity.replaceAll('-', '_'));
}

function readFeed(entity: Entity, name: string): FeedPath {
  if (!isFeedName(name)) throw invalid(`"${name}" can't be the name of a feed: write ${FEED_NAME_RULE}.`);
  return toFeedPath({ entity, name });
}

function readTable(url: string, table: string): TargetAddress {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) throw invalid(`--to must be ${FORMS}.`);
  const [name = '', schema = 'public', ...more] = table.split('.').reverse();
  if (more.length > 0)
    throw new HubError('HUB_REQUEST_INVALID', '--table must be a table, or schema.table.', { table });
  return { kind: 'postgres', url, schema, table: name };
}

/** Forms of `--to`, for people. */
export const FORMS = 'postgres://user:password@host/database, topic:NAME, feed:NAME or jsonl:FILE';

function invalid(message: string): HubError {
  return new HubError('HUB_REQUEST_INVALID', message);
}
