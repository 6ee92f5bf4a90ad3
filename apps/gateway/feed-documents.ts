import { createHash } from 'node:crypto';
import {
  ARCHIVE_SIZE,
  archivesOf,
  toArchiveDocument,
  toCurrentDocument,
  type FeedHead,
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
  readonly entities: readonly Entity[];
}

/** Renders the documents of feeds as their reader may see them. */
export class FeedDocuments {
  constructor(private readonly options: FeedDocumentsOptions) {}

  /** Feeds that there are, in the order of the hub file. */
  get entities(): readonly Entity[] {
    return this.options.entities;
  }

  /** @throws HubError HUB_NOT_FOUND for an entity without a feed */
  async current(entityName: string, seesPersonal: boolean): Promise<FeedDocument> {
    const { entity, head } = await this.open(entityName);
    const first = archivesOf(head) * BigInt(ARCHIVE_SIZE) + 1n;
    const entries = await this.options.reader.findEntries(entity, first, head.last);
    return toDocument(toCurrentDocument(this.names(entity), head, entries, showing(entity, seesPersonal)));
  }

  /** Null for the one that follows the last full archive. @throws HubError HUB_NOT_FOUND */
  async archive(entityName: string, number: bigint, seesPersonal: boolean): Promise<FeedDocument | null> {
    const { entity, head } = await this.open(entityName);
    const full = archivesOf(head);
    if (number === full + 1n) return null;
    if (number < 1n || number > full)
      throw new HubError('HUB_NOT_FOUND', `There are ${full} archives of ${entity}.`, { archive: number });
    const last = number * BigInt(ARCHIVE_SIZE);
    const entries = await this.options.reader.findEntries(entity, last - BigInt(ARCHIVE_SIZE) + 1n, last);
    return toDocument(toArchiveDocument(this.names(entity), number, entries, showing(entity, seesPersonal)));
  }

  private async open(entityName: string): Promise<{ readonly entity: Entity; readonly head: FeedHead }> {
    const entity = this.options.entities.find((known) => known === entityName);
    const head = entity ? await this.options.reader.findHead(entity) : null;
    if (entity && head) return { entity, head };
    throw new HubError('HUB_NOT_FOUND', 'There is no such feed; the hub file names them under feeds.');
  }

  private names(entity: Entity): { readonly hub: string; readonly entity: Entity } {
    return { hub: this.options.hub, entity };
  }
}

function showing(entity: Entity, seesPersonal: boolean): ShowFields {
  return (fields) => (seesPersonal ? fields : (maskPersonal(fields, entity) as CanonicalFields));
}

function toDocument(text: string): FeedDocument {
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"` };
}
