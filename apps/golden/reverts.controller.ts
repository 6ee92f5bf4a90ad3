import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { Access, Permission, SignedBody, type RequestAccess } from '#auth';
import type { BatchReport, RevertItem, RevertReport, RevertSelection } from '#contracts';
import type { BusinessKey, SystemId } from '#kernel';
import { parseRequest } from '#observability';
import { approvalBody, batchesQuery, itemsQuery, selectionBody } from './requests.js';
import type { Reverts } from './reverts.js';

/** Injection token of {@link Reverts}. */
export const REVERTS = Symbol('REVERTS');

/** Reverts (docs/architecture.md, ADR 19). */
@Controller()
export class RevertsController {
  constructor(@Inject(REVERTS) private readonly reverts: Reverts) {}

  @Permission('revert:plan', { entity: 'body.entity', system: 'body.system' })
  @Post('reverts')
  create(@SignedBody() body: unknown): Promise<RevertReport> {
    const { actor, ...parts } = parseRequest(selectionBody, body);
    const given = Object.entries(parts).filter(([, part]) => part !== undefined);
    const { key, system } = parts;
    const branded = {
      ...(key !== undefined && { key: key as BusinessKey }),
      ...(system !== undefined && { system: system as SystemId }),
    };
    return this.reverts.create({ ...(Object.fromEntries(given) as unknown as RevertSelection), ...branded }, actor);
  }

  @Permission('revert:read', 'object')
  @Get('reverts/:id')
  get(@Param('id') id: string, @Access() access: RequestAccess): Promise<RevertReport> {
    return this.reverts.get(id, access);
  }

  @Permission('revert:read', 'object')
  @Get('reverts/:id/items')
  items(@Param('id') id: string, @Query() query: unknown, @Access() access: RequestAccess): Promise<RevertItem[]> {
    const { outcome = null, skipped, after, limit } = parseRequest(itemsQuery, query);
    return this.reverts.items(id, { outcome, skippedOnly: skipped, after, limit }, access);
  }

  @Permission('revert:approve', 'object')
  @Post('reverts/:id/apply')
  @HttpCode(200)
  approve(
    @Param('id') id: string,
    @SignedBody() body: unknown,
    @Access() access: RequestAccess,
  ): Promise<RevertReport> {
    return this.reverts.approve(id, parseRequest(approvalBody, body), access);
  }

  @Permission('batch:read', 'answer')
  @Get('batches')
  batches(@Query() query: unknown): Promise<BatchReport[]> {
    const { entity: of, limit } = parseRequest(batchesQuery, query);
    return this.reverts.batches(of, limit);
  }
}
