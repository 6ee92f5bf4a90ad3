import { Access, Permission, SignedBody, type RequestAccess } from '#auth';
import type { Hold } from '#contracts';
import { parseRequest } from '#observability';
import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ReconcilerService } from './reconciler.service.js';
import { holdDecisionSchema, holdsSchema } from './requests.js';

/** Rounds over a limit, and what people decide on them. */
@Controller('holds')
export class HoldsController {
  constructor(@Inject(ReconcilerService) private readonly reconciler: ReconcilerService) {}

  @Permission('hold:read', 'answer')
  @Get()
  list(@Query() query: unknown): Promise<Hold[]> {
    const { state, limit } = parseRequest(holdsSchema, query);
    return this.reconciler.reads.findHolds(state ?? null, limit);
  }

  @Permission('hold:approve', 'object')
  @Post(':id/approve')
  @HttpCode(200)
  approve(@Param('id') id: string, @SignedBody() body: unknown, @Access() access: RequestAccess): Promise<Hold> {
    return this.reconciler.decide(id, { kind: 'approved', ...parseRequest(holdDecisionSchema, body) }, access);
  }

  @Permission('hold:reject', 'object')
  @Post(':id/reject')
  @HttpCode(200)
  reject(@Param('id') id: string, @SignedBody() body: unknown, @Access() access: RequestAccess): Promise<Hold> {
    return this.reconciler.decide(id, { kind: 'rejected', ...parseRequest(holdDecisionSchema, body) }, access);
  }
}
