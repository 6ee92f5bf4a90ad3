import { createHash } from 'node:crypto';
import {
  ARCHIVE_SIZE,
  archivesOf,
  entityOfFeed,
  readFeedPath,
  toArchiveDocument,
  toCurrentDocument,
  toFeedPath,
  type FeedHead,
  type FeedNames,
  type FeedPath,
  type FeedReader,
  type ShowFields,
} from '#atom-feed';
import { maskPersonal } from '#auth';
import type { Entity } from '#contracts';
import { HubError, type CanonicalFields } from '#kernel';

/** A document as it is served. */
export interface FeedDocument {
  readonly text: string;
  /** Strong validator: another one for other bytes. */
  readonly etag: string;
}

/** What feeds are served from. */
export interface FeedDocumentsOptions {
  readonly reader: FeedReader;
  /** Name of the hub. */
  readonly hub: string;
  /** Of the hub file: what is followed. */
  readonly entities: readonly Entity[];
}

/** A feed as a request names it. */
export interface WantedFeed {
  readonly entity: string;
  /** Null for the whole of the entity. */
  readonly name: string | null;
}

/** A feed as a list shows it. */
export interface ListedFeed {
  readonly entity: Entity;
  readonly name?: string;
  readonly href: string;
}

/** Renders the documents of feeds as their reader may see them. */
export class FeedDocuments {
  constructor(private readonly options: FeedDocumentsOptions) {}

  /** Feeds that there are: those of the hub file in its order, then the named ones. */
  async list(): Promise<readonly ListedFeed[]> {
    const named = await this.options.reader.listNamed();
    return [
      ...this.options.entities.map((entity) => ({ entity, href: `feeds/${entity}` })),
      ...named.map((feed) => ({ ...feed, href: `feeds/${toFeedPath(feed)}` })),
    ];
  }

  /** @throws HubError HUB_NOT_FOUND for a feed that nobody began */
  async current(wanted: WantedFeed, seesPersonal: boolean): Promise<FeedDocument> {
    const { feed, head } = await this.open(wanted);
    const first = archivesOf(head) * BigInt(ARCHIVE_SIZE) + 1n;
    const entries = await this.options.reader.findEntries(feed, first, head.last);
    return toDocument(toCurrentDocument(this.names(feed), head, entries, showing(feed, seesPersonal)));
  }

  /** Null for the one that follows the last full archive. @throws HubError HUB_NOT_FOUND */
  async archive(wanted: WantedFeed, number: bigint, seesPersonal: boolean): Promise<FeedDocument | null> {
    const { feed, head } = await this.open(wanted);
    const full = archivesOf(head);
    if (number === full + 1n) return null;
    if (number < 1n || number > full)
      throw new HubError('HUB_NOT_FOUND', `There are ${full} archives of ${feed}.`, { archive: number });
    const last = number * BigInt(ARCHIVE_SIZE);
    const entries = await this.options.reader.findEntries(feed, last - BigInt(ARCHIVE_SIZE) + 1n, last);
    return toDocument(toArchiveDocument(this.names(feed), number, entries, showing(feed, seesPersonal)));
  }

  private async open(wanted: WantedFeed): Promise<{ readonly feed: FeedPath; readonly head: FeedHead }> {
    const feed = this.findPath(wanted);
    const head = feed ? await this.options.reader.findHead(feed) : null;
    if (feed && head) return { feed, head };
    const hint = 'the hub file names them under feeds, and `plumbline seed --to feed:NAME` makes parts';
    throw new HubError('HUB_NOT_FOUND', `There is no such feed: ${hint}.`);
  }

  private findPath({ entity, name }: WantedFeed): FeedPath | null {
    if (name !== null) return readFeedPath(entity, name);
    return this.options.entities.find((followed) => followed === entity) ?? null;
  }

  private names(feed: FeedPath): FeedNames {
    return { hub: this.options.hub, feed };
  }
}

function showing(feed: FeedPath, seesPersonal: boolean): ShowFields {
  const entity = entityOfFeed(feed);
  return (fields) => (seesPersonal ? fields : (maskPersonal(fields, entity) as CanonicalFields));
}

function toDocument(text: string): FeedDocument {
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"` };
}
