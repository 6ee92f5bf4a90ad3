import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { Permission } from '#auth';
import type { BatchReport, RevertItem, RevertReport, RevertSelection } from '#contracts';
import type { HubServices } from '#hub-client';
import { parseRequest } from '#observability';
import { ACTS, type Acts } from './acts.js';
import { applyRevertBody, batchesQuery, revertBody, revertItemsQuery } from './requests.js';
import { Actor } from './session.guard.js';
import { SERVICES } from './tokens.js';

const BATCHES = 50;

/** Taking changes back: a dry run first, whose digest the approval names. */
@Controller('api')
export class RevertsController {
  constructor(
    @Inject(SERVICES) private readonly services: HubServices,
    @Inject(ACTS) private readonly acts: Acts,
  ) {}

  @Permission('batch:read', 'answer')
  @Get('batches')
  batches(@Query() query: unknown): Promise<readonly BatchReport[]> {
    return this.services.batches(parseRequest(batchesQuery, query).entity, BATCHES);
  }

  @Permission('revert:plan', { entity: 'body.entity', system: 'body.system' })
  @Post('reverts')
  create(@Body() body: unknown, @Actor() actor: string): Promise<RevertReport> {
    const given = Object.entries(parseRequest(revertBody, body)).filter(([, part]) => part !== undefined);
    return this.services.createRevert(Object.fromEntries(given) as unknown as RevertSelection, actor);
  }

  @Permission('revert:read', 'object')
  @Get('reverts/:id')
  revert(@Param('id') id: string): Promise<RevertReport> {
    return this.services.revert(id);
  }

  @Permission('revert:read', 'object')
  @Get('reverts/:id/items')
  items(@Param('id') id: string, @Query() query: unknown): Promise<RevertItem[]> {
    const { outcome, skipped } = parseRequest(revertItemsQuery, query);
    return this.services.revertItems(id, {
      ...(outcome !== undefined && { outcome }),
      ...(skipped !== undefined && { skipped }),
    });
  }

  @Permission('revert:approve', 'object')
  @Post('reverts/:id/apply')
  @HttpCode(200)
  apply(@Param('id') id: string, @Body() body: unknown, @Actor() actor: string): Promise<RevertReport> {
    const { digest, reason } = parseRequest(applyRevertBody, body);
    const act = { actor, act: 'revert.applied', subject: id, reason };
    return this.acts.run(act, () => this.services.applyRevert(id, { digest, actor, reason }));
  }
}
