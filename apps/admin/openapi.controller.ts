import { Controller, Get, Inject } from '@nestjs/common';
import { Permission } from '#auth';
import type { OpenApiDocument } from '#observability';
import { API_DOCUMENT } from './tokens.js';

/** The description of this API; it belongs to no entity, so every role that reads schemas reads it. */
@Controller('api')
export class OpenApiController {
  constructor(@Inject(API_DOCUMENT) private readonly document: OpenApiDocument) {}

  @Permission('schema:read', 'object')
  @Get('openapi.json')
  openapi(): OpenApiDocument {
    return this.document;
  }
}
