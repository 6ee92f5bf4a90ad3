import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { RethrowRpcFilter } from '#messaging-kafka';
import { IndexedPagesController, PAGE_INDEXER } from './indexed-pages.controller.js';
import type { PageIndexer } from './page-indexer.js';
import { INDEXER_API } from './indexer-api.js';
import { RECORD_QUERIES } from './records.controller.js';
import type { RecordQueries } from './record-queries.js';
import { TIMELINE_QUERIES } from './timeline.controller.js';
import type { TimelineQueries } from './timeline-queries.js';

/** What the HTTP API answers from. */
export interface IndexerApi {
  readonly records: RecordQueries;
  readonly timelines: TimelineQueries;
}

/** The HTTP side of the indexer. */
@Module({})
export class IndexerHttpModule {
  static forRoot({ records, timelines }: IndexerApi): DynamicModule {
    return {
      module: IndexerHttpModule,
      controllers: [...INDEXER_API.controllers],
      providers: [
        { provide: RECORD_QUERIES, useValue: records },
        { provide: TIMELINE_QUERIES, useValue: timelines },
      ],
    };
  }
}

/** The consumer side of the indexer. */
@Module({})
export class IndexedPagesModule {
  static forRoot(indexer: PageIndexer): DynamicModule {
    return {
      module: IndexedPagesModule,
      controllers: [IndexedPagesController],
      providers: [
        { provide: PAGE_INDEXER, useValue: indexer },
        { provide: APP_FILTER, useClass: RethrowRpcFilter },
      ],
    };
  }
}
