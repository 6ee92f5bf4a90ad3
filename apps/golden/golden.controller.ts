import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { Access, Permission, SignedBody, type RequestAccess } from '#auth';
import type { AsOfReport, ExplainReport, GoldenStatus, Hold } from '#contracts';
import { parseInstant, type BusinessKey, type Instant } from '#kernel';
import { parseRequest } from '#observability';
import { z } from 'zod';
import type { GoldenQueries } from './golden-queries.js';

/** Injection token of {@link GoldenQueries}. */
export const GOLDEN_QUERIES = Symbol('GOLDEN_QUERIES');

const decisionBody = z.strictObject({ digest: z.string().min(1).max(100), actor: z.string().min(1).max(100) });
const stateQuery = z.enum(['open', 'approved', 'rejected']).optional();
const limitQuery = z.coerce.number().int().min(1).max(500).default(50);
const keysQuery = z.object({ prefix: z.string().max(500).default(''), limit: limitQuery });
const atQuery = z
  .string()
  .optional()
  .transform((text, context): Instant | null => {
    const instant = text === undefined ? null : parseInstant(text);
    if (text !== undefined && instant === null)
      context.addIssue({ code: 'custom', message: 'at must be a time with an offset, such as 2026-11-23T04:05:06Z' });
    return instant;
  });

/** HTTP API of golden (docs/architecture.md). */
@Controller()
export class GoldenController {
  constructor(@Inject(GOLDEN_QUERIES) private readonly queries: GoldenQueries) {}

  @Permission('status:read', 'answer')
  @Get('status')
  status(): Promise<GoldenStatus> {
    return this.queries.status();
  }

  @Permission('record:read', { entity: 'param.entity' })
  @Get('explain/:entity/:key')
  explain(@Param('entity') entity: string, @Param('key') key: string): Promise<ExplainReport> {
    return this.queries.explain(entity, key);
  }

  @Permission('record:read', { entity: 'param.entity' })
  @Get('as-of/:entity/:key')
  asOf(@Param('entity') entity: string, @Param('key') key: string, @Query('at') at?: string): Promise<AsOfReport> {
    return this.queries.asOf(entity, key, parseRequest(atQuery, at));
  }

  @Permission('record:read', { entity: 'param.entity' })
  @Get('versions/:entity/:key')
  versions(
    @Param('entity') entity: string,
    @Param('key') key: string,
    @Query('limit') limit?: string,
  ): Promise<AsOfReport[]> {
    return this.queries.versions(entity, key, parseRequest(limitQuery, limit));
  }

  @Permission('record:read', { entity: 'param.entity' })
  @Get('keys/:entity')
  keys(@Param('entity') entity: string, @Query() query: unknown): Promise<BusinessKey[]> {
    const { prefix, limit } = parseRequest(keysQuery, query);
    return this.queries.keys(entity, prefix, limit);
  }

  @Permission('hold:read', 'answer')
  @Get('holds')
  holds(@Query('state') state?: string): Promise<Hold[]> {
    return this.queries.holds(parseRequest(stateQuery, state) ?? null);
  }

  @Permission('hold:approve', 'object')
  @Post('holds/:id/approve')
  @HttpCode(200)
  approve(@Param('id') id: string, @SignedBody() body: unknown, @Access() access: RequestAccess): Promise<Hold> {
    return this.queries.decide(id, { verdict: 'approved', ...parseRequest(decisionBody, body) }, access);
  }

  @Permission('hold:reject', 'object')
  @Post('holds/:id/reject')
  @HttpCode(200)
  reject(@Param('id') id: string, @SignedBody() body: unknown, @Access() access: RequestAccess): Promise<Hold> {
    return this.queries.decide(id, { verdict: 'rejected', ...parseRequest(decisionBody, body) }, access);
  }
}
