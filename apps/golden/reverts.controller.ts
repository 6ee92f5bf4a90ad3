import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { Access, Permission, SignedBody, type RequestAccess } from '#auth';
import {
  ENTITIES,
  type BatchReport,
  type Entity,
  type RevertItem,
  type RevertReport,
  type RevertSelection,
} from '#contracts';
import { parseInstant, type BusinessKey, type Instant, type SystemId } from '#kernel';
import { parseRequest } from '#observability';
import { z } from 'zod';
import type { Reverts } from './reverts.js';

/** Injection token of {@link Reverts}. */
export const REVERTS = Symbol('REVERTS');

const name = z.string().min(1).max(500);
const entity = z.enum(Object.keys(ENTITIES) as [Entity, ...Entity[]]);
const instant = z.string().transform((text, context): Instant => {
  const parsed = parseInstant(text);
  if (parsed !== null) return parsed;
  context.addIssue({ code: 'custom', message: 'a time with an offset, such as 2026-11-23T04:05:06Z' });
  return z.NEVER;
});
const offset = z.string().regex(/^\d{1,18}$/, 'an offset is a number');
const selectionBody = z
  .strictObject({
    entity,
    key: name.optional(),
    system: name.optional(),
    batch: name.optional(),
    since: instant.optional(),
    until: instant.optional(),
    range: z.strictObject({ partition: z.int().min(0), from: offset, to: offset }).optional(),
    round: name.optional(),
    actor: z.string().min(1).max(100),
  })
  .refine(({ entity: _entity, actor: _actor, ...rest }) => Object.values(rest).some((part) => part !== undefined), {
    message: 'Say which changes: key, system, batch, since, until, range or round.',
  })
  .refine(({ range, system }) => range === undefined || system !== undefined, {
    message: 'A range is of the change topic of a system: name the system.',
  });
const approvalBody = z.strictObject({
  digest: z.string().min(1).max(100),
  actor: z.string().min(1).max(100),
  reason: z.string().max(500).optional(),
});
const itemsQuery = z.object({
  outcome: z.enum(['selected', 'planned', 'listed', 'unchanged', 'reverted', 'moved']).optional(),
  skipped: z.stringbool().default(false),
  after: z.string().default(''),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
const batchesQuery = z.object({ entity, limit: z.coerce.number().int().min(1).max(500).default(20) });

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
