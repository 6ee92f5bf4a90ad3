import { Controller, Get, Inject, Module, type DynamicModule } from '@nestjs/common';
import { Permission } from '#auth';
import type { OpenApiDocument } from './api-operation.js';

const DOCUMENT = Symbol('OPENAPI_DOCUMENT');

/** `/openapi.json`: the description of this app's API; it belongs to no entity, so every role that reads schemas reads it. */
@Controller()
export class OpenApiController {
  constructor(@Inject(DOCUMENT) private readonly document: OpenApiDocument) {}

  @Permission('schema:read', 'object')
  @Get('openapi.json')
  openapi(): OpenApiDocument {
    return this.document;
  }
}

/** The route of an app's description. */
@Module({})
export class OpenApiModule {
  static forRoot(document: OpenApiDocument): DynamicModule {
    return {
      module: OpenApiModule,
      controllers: [OpenApiController],
      providers: [{ provide: DOCUMENT, useValue: document }],
    };
  }
}
