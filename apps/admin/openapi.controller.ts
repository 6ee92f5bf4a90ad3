import { Controller, Get, Inject } from '@nestjs/common';
import type { OpenApiDocument } from './openapi.js';
import { API_DOCUMENT } from './tokens.js';

/** The description of this API. */
@Controller('api')
export class OpenApiController {
  constructor(@Inject(API_DOCUMENT) private readonly document: OpenApiDocument) {}

  @Get('openapi.json')
  openapi(): OpenApiDocument {
    return this.document;
  }
}
