import { Module, type DynamicModule } from '@nestjs/common';
import type { FeedDocuments } from './feed-documents.js';
import { GATEWAY_API } from './gateway-api.js';
import { FEED_DOCUMENTS } from './feeds.controller.js';

/** The HTTP side of the gateway. */
@Module({})
export class GatewayModule {
  static forRoot(documents: FeedDocuments): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [...GATEWAY_API.controllers],
      providers: [{ provide: FEED_DOCUMENTS, useValue: documents }],
    };
  }
}
