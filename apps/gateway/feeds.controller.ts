import { Access, Permission, type RequestAccess } from '#auth';
import { HubError } from '#kernel';
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import type { FeedDocument, FeedDocuments, ListedFeed, WantedFeed } from './feed-documents.js';

/** Injection token of {@link FeedDocuments}. */
export const FEED_DOCUMENTS = Symbol('FEED_DOCUMENTS');

/** What of Express's answer is set here. */
interface Answer {
  status(code: number): unknown;
  setHeader(name: string, value: string): unknown;
}

/** Of a named feed's address. */
interface PartParams {
  readonly entity: string;
  readonly name: string;
}

const ATOM = 'application/atom+xml; charset=utf-8';
/** What a reader may see depends on who reads: only the reader's own cache may keep it. */
const FOR_EVER = 'private, max-age=31536000, immutable';
const ASK_AGAIN = 'private, no-cache';
const ARCHIVE = /^[1-9]\d{0,15}$/;

/** Atom feeds of golden records, whole or a named part: a subscription document each, and archives that never change. */
@Controller('feeds')
export class FeedsController {
  constructor(@Inject(FEED_DOCUMENTS) private readonly documents: FeedDocuments) {}

  @Permission('record:read')
  @Get()
  async list(): Promise<{ readonly feeds: readonly ListedFeed[] }> {
    return { feeds: await this.documents.list() };
  }

  @Permission('record:export', { entity: 'param.entity' })
  @Get(':entity')
  current(
    @Param('entity') entity: string,
    @Access() access: RequestAccess,
    @Res({ passthrough: true }) answer: Answer,
  ): Promise<string> {
    return this.serveCurrent({ entity, name: null }, access, answer);
  }

  @Permission('record:export', { entity: 'param.entity' })
  @Get(':entity/:name')
  currentOfPart(
    @Param() { entity, name }: PartParams,
    @Access() access: RequestAccess,
    @Res({ passthrough: true }) answer: Answer,
  ): Promise<string> {
    return this.serveCurrent({ entity, name }, access, answer);
  }

  /** What is not full yet is the subscription document. */
  @Permission('record:export', { entity: 'param.entity' })
  @Get(':entity/archive/:number')
  archive(
    @Param('entity') entity: string,
    @Param('number') number: string,
    @Access() access: RequestAccess,
    @Res({ passthrough: true }) answer: Answer,
  ): Promise<string> {
    return this.serveArchive({ entity, name: null, number }, access, answer);
  }

  @Permission('record:export', { entity: 'param.entity' })
  @Get(':entity/:name/archive/:number')
  archiveOfPart(
    @Param() params: PartParams & { readonly number: string },
    @Access() access: RequestAccess,
    @Res({ passthrough: true }) answer: Answer,
  ): Promise<string> {
    return this.serveArchive(params, access, answer);
  }

  private async serveCurrent(wanted: WantedFeed, access: RequestAccess, answer: Answer): Promise<string> {
    return serve(answer, await this.documents.current(wanted, access.has('personal:read')), ASK_AGAIN);
  }

  private async serveArchive(
    { number, ...wanted }: WantedFeed & { readonly number: string },
    access: RequestAccess,
    answer: Answer,
  ): Promise<string> {
    if (!ARCHIVE.test(number)) throw new HubError('HUB_NOT_FOUND', 'Archives are numbered from 1.');
    const document = await this.documents.archive(wanted, BigInt(number), access.has('personal:read'));
    if (document) return serve(answer, document, FOR_EVER);
    answer.status(307);
    answer.setHeader('Location', `../../${wanted.name ?? wanted.entity}`);
    answer.setHeader('Cache-Control', 'no-store');
    return '';
  }
}

function serve(answer: Answer, { text, etag }: FeedDocument, cacheControl: string): string {
  answer.setHeader('Content-Type', ATOM);
  answer.setHeader('Cache-Control', cacheControl);
  answer.setHeader('ETag', etag);
  answer.setHeader('Vary', 'Authorization');
  answer.setHeader('X-Content-Type-Options', 'nosniff');
  return text;
}
