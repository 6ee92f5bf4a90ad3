import { Access, Permission, type RequestAccess } from '#auth';
import { HubError } from '#kernel';
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import type { FeedDocument, FeedDocuments } from './feed-documents.js';

/** Injection token of {@link FeedDocuments}. */
export const FEED_DOCUMENTS = Symbol('FEED_DOCUMENTS');

/** What of Express's answer is set here. */
interface Answer {
  status(code: number): unknown;
  setHeader(name: string, value: string): unknown;
}

const ATOM = 'application/atom+xml; charset=utf-8';
/** What a reader may see depends on who reads: only the reader's own cache may keep it. */
const FOR_EVER = 'private, max-age=31536000, immutable';
const ASK_AGAIN = 'private, no-cache';
const ARCHIVE = /^[1-9]\d{0,15}$/;

/** Atom feeds of golden records: a subscription document an entity, and archives that never change. */
@Controller('feeds')
export class FeedsController {
  constructor(@Inject(FEED_DOCUMENTS) private readonly documents: FeedDocuments) {}

  @Permission('record:read')
  @Get()
  list(): { readonly feeds: readonly { readonly entity: string; readonly href: string }[] } {
    return { feeds: this.documents.entities.map((entity) => ({ entity, href: `feeds/${entity}` })) };
  }

  @Permission('record:export', { entity: 'param.entity' })
  @Get(':entity')
  async current(
    @Param('entity') entity: string,
    @Access() access: RequestAccess,
    @Res({ passthrough: true }) answer: Answer,
  ): Promise<string> {
    return serve(answer, await this.documents.current(entity, access.has('personal:read')), ASK_AGAIN);
  }

  /** What is not full yet is the subscription document. */
  @Permission('record:export', { entity: 'param.entity' })
  @Get(':entity/archive/:number')
  async archive(
    @Param('entity') entity: string,
    @Param('number') number: string,
    @Access() access: RequestAccess,
    @Res({ passthrough: true }) answer: Answer,
  ): Promise<string> {
    if (!ARCHIVE.test(number)) throw new HubError('HUB_NOT_FOUND', 'Archives are numbered from 1.');
    const document = await this.documents.archive(entity, BigInt(number), access.has('personal:read'));
    if (document) return serve(answer, document, FOR_EVER);
    answer.status(307);
    answer.setHeader('Location', `../../${entity}`);
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
