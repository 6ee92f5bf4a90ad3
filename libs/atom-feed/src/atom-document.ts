import type { CanonicalFields } from '#kernel';
import { archivesOf, type FeedEntry, type FeedHead } from './feed-entry.js';
import type { FeedPath } from './feed-path.js';
import { jsonForXml, wellFormed, xmlText } from './xml-text.js';

/** What is the same in every document of a feed. */
export interface FeedNames {
  /** Name of the hub: the author. */
  readonly hub: string;
  readonly feed: FeedPath;
}

/** Shows the fields of an entry as the reader may see them. */
export type ShowFields = (fields: CanonicalFields) => CanonicalFields;

const NAMESPACES = [
  ['', 'http://www.w3.org/2005/Atom'],
  [':fh', 'http://purl.org/syndication/history/1.0'],
  [':at', 'http://purl.org/atompub/tombstones/1.0'],
  [':pl', 'tag:plumbline.invalid,2026:feed'],
] as const;
const EMPTY_SINCE = '1970-01-01T00:00:00.000000Z';

/**
 * The subscription document: entries that are in no archive yet, and the offsets up to which the feed reaches. References are
 * relative, so that it may be served behind any prefix.
 * @see https://www.rfc-editor.org/rfc/rfc5005 section 4
 */
export function toCurrentDocument(
  names: FeedNames,
  head: FeedHead,
  entries: readonly FeedEntry[],
  show: ShowFields,
): string {
  const archives = archivesOf(head);
  const self = selfOf(names);
  const positions = head.positions.map(
    ({ partition, nextOffset }) =>
      `<pl:position topic="${xmlText(head.topic)}" partition="${partition}" next-offset="${nextOffset}"/>`,
  );
  const links = [link('self', self), link('current', self)];
  if (archives > 0n) links.push(link('prev-archive', `${self}/archive/${archives}`));
  return toFeed(names, { entries, links: [...links, ...positions], show });
}

/**
 * An archive, the same for ever but for records that are erased. The next one may not be full yet: until then its address leads
 * to the subscription document.
 */
export function toArchiveDocument(
  names: FeedNames,
  number: bigint,
  entries: readonly FeedEntry[],
  show: ShowFields,
): string {
  const links = ['<fh:archive/>', link('self', String(number)), link('current', `../../${selfOf(names)}`)];
  if (number > 1n) links.push(link('prev-archive', String(number - 1n)));
  links.push(link('next-archive', String(number + 1n)));
  return toFeed(names, { entries, links, show });
}

/** Id of a record in its feed, the same in every entry. */
export function entryId(names: FeedNames, key: string): string {
  return `${feedId(names)}/${pathOf(wellFormed(key))}`;
}

/** A name is set apart by a colon: a slash would make it the id of a record of the whole feed. */
function feedId({ hub, feed }: FeedNames): string {
  return `tag:plumbline.invalid,2026:${pathOf(hub)}/${feed.replace('/', ':')}`;
}

function toFeed(
  names: FeedNames,
  parts: { readonly entries: readonly FeedEntry[]; readonly links: readonly string[]; readonly show: ShowFields },
): string {
  const { entries, links, show } = parts;
  const updated = entries.reduce<string>(
    (latest, { changedAt }) => (changedAt > latest ? changedAt : latest),
    EMPTY_SINCE,
  );
  const spaces = NAMESPACES.map(([prefix, uri]) => ` xmlns${prefix}="${uri}"`).join('');
  return [
    `<?xml version="1.0" encoding="utf-8"?>\n<feed${spaces}>`,
    `<id>${feedId(names)}</id>`,
    `<title>${xmlText(`${names.feed} of ${names.hub}`)}</title>`,
    `<updated>${updated}</updated>`,
    `<author><name>${xmlText(names.hub)}</name></author>`,
    ...links,
    // First what is no entry: the grammar of RFC 4287 wants entries at the end. Which is newer is told by `sequence` and the times.
    ...entries.filter(({ status }) => status !== 'live').map((entry) => toDeleted(names, entry)),
    ...entries.filter(({ status }) => status === 'live').map((entry) => toElement(names, entry, show)),
    '</feed>\n',
  ].join('\n');
}

/** Content is JSON in a text: a key or value may hold what XML can't. */
function toElement(names: FeedNames, entry: FeedEntry, show: ShowFields): string {
  const { key, version, sequence, changedAt, fields } = entry;
  const content = jsonForXml({ key, version: String(version), sequence: String(sequence), fields: show(fields) });
  return (
    `<entry><id>${xmlText(entryId(names, key))}</id><title>${xmlText(key)}</title><updated>${changedAt}</updated>` +
    `${toFacts(entry)}<content type="text">${xmlText(content)}</content></entry>`
  );
}

/** @see https://www.rfc-editor.org/rfc/rfc6721 */
function toDeleted(names: FeedNames, entry: FeedEntry): string {
  const ref = xmlText(entryId(names, entry.key));
  return `<at:deleted-entry ref="${ref}" when="${entry.changedAt}">${toFacts(entry)}</at:deleted-entry>`;
}

function toFacts({ version, sequence, status }: FeedEntry): string {
  return `<pl:record version="${version}" sequence="${sequence}" status="${status}"/>`;
}

function link(relation: string, href: string): string {
  return `<link rel="${relation}" href="${xmlText(href)}" type="application/atom+xml"/>`;
}

/** The subscription document as its neighbours call it. */
function selfOf({ feed }: FeedNames): string {
  return pathOf(feed.split('/').at(-1) ?? feed);
}

function pathOf(text: string): string {
  return encodeURIComponent(text);
}
