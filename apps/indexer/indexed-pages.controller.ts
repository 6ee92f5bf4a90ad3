import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OnBatch, type DecodedMessage } from '#messaging-kafka';
import type { PageIndexer } from './page-indexer.js';

/** Injection token of {@link PageIndexer}. */
export const PAGE_INDEXER = Symbol('PAGE_INDEXER');
/** Pattern of {@link IndexedPagesController}. */
export const INDEXED_PAGES = 'indexed-pages';

/** Every record of every topic of the hub. */
@Controller()
export class IndexedPagesController {
  constructor(@Inject(PAGE_INDEXER) private readonly indexer: PageIndexer) {}

  @OnBatch(INDEXED_PAGES)
  onBatch(@Payload() messages: readonly DecodedMessage[]): Promise<void> {
    return this.indexer.add(messages);
  }
}
