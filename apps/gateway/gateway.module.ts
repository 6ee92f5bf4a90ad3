import { Module, type DynamicModule } from '@nestjs/common';
import type { FeedDocuments } from './feed-documents.js';
import { FEED_DOCUMENTS, FeedsController } from './feeds.controller.js';

/** The HTTP side of the gateway. */
@Module({})
export class GatewayModule {
  static forRoot(documents: FeedDocuments): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [FeedsController],
      providers: [{ provide: FEED_DOCUMENTS, useValue: documents }],
    };
  }
}
