import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { Access, Permission, SignedBody, type RequestAccess } from '#auth';
import type { AsOfReport, ExplainReport, GoldenStatus, Hold } from '#contracts';
import type { BusinessKey } from '#kernel';
import { parseRequest } from '#observability';
import type { GoldenQueries } from './golden-queries.js';
import { asOfQuery, decisionBody, holdsQuery, keysQuery, versionsQuery } from './requests.js';

/** Injection token of {@link GoldenQueries}. */
export const GOLDEN_QUERIES = Symbol('GOLDEN_QUERIES');

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
  asOf(@Param('entity') entity: string, @Param('key') key: string, @Query() query: unknown): Promise<AsOfReport> {
    return this.queries.asOf(entity, key, parseRequest(asOfQuery, query).at ?? null);
  }

  @Permission('record:read', { entity: 'param.entity' })
  @Get('versions/:entity/:key')
  versions(@Param('entity') entity: string, @Param('key') key: string, @Query() query: unknown): Promise<AsOfReport[]> {
    return this.queries.versions(entity, key, parseRequest(versionsQuery, query).limit);
  }

  @Permission('record:read', { entity: 'param.entity' })
  @Get('keys/:entity')
  keys(@Param('entity') entity: string, @Query() query: unknown): Promise<BusinessKey[]> {
    const { prefix, limit } = parseRequest(keysQuery, query);
    return this.queries.keys(entity, prefix, limit);
  }

  @Permission('hold:read', 'answer')
  @Get('holds')
  holds(@Query() query: unknown): Promise<Hold[]> {
    return this.queries.holds(parseRequest(holdsQuery, query).state ?? null);
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
