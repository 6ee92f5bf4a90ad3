import type { Hold } from '#contracts';
import { parseRequest } from '#observability';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ReconcilerService } from './reconciler.service.js';
import { holdDecisionSchema, holdsSchema } from './requests.js';

/** Rounds over a limit, and what people decide on them. */
@Controller('holds')
export class HoldsController {
  constructor(@Inject(ReconcilerService) private readonly reconciler: ReconcilerService) {}

  @Get()
  list(@Query() query: unknown): Promise<Hold[]> {
    const { state, limit } = parseRequest(holdsSchema, query);
    return this.reconciler.reads.findHolds(state ?? null, limit);
  }

  @Post(':id/approve')
  @HttpCode(200)
  approve(@Param('id') id: string, @Body() body: unknown): Promise<Hold> {
    return this.reconciler.decide(id, 'approved', parseRequest(holdDecisionSchema, body));
  }

  @Post(':id/reject')
  @HttpCode(200)
  reject(@Param('id') id: string, @Body() body: unknown): Promise<Hold> {
    return this.reconciler.decide(id, 'rejected', parseRequest(holdDecisionSchema, body));
  }
}
