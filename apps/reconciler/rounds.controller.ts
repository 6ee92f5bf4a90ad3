import { Access, Permission, type RequestAccess } from '#auth';
import type { DriftItem, RoundReport } from '#contracts';
import { parseRequest } from '#observability';
import { Body, Controller, Get, Inject, Param, Post, Query } from '@nestjs/common';
import { ReconcilerService } from './reconciler.service.js';
import { listSchema, startRoundsSchema } from './requests.js';

/** Rounds and their drift; starting rounds on demand. */
@Controller('rounds')
export class RoundsController {
  constructor(@Inject(ReconcilerService) private readonly reconciler: ReconcilerService) {}

  @Permission('round:read', 'answer')
  @Get()
  list(@Query() query: unknown): Promise<RoundReport[]> {
    return this.reconciler.reads.findReports(parseRequest(listSchema, query).limit);
  }

  @Permission('round:read', 'object')
  @Get(':id')
  async get(@Param('id') id: string, @Access() access: RequestAccess): Promise<RoundReport> {
    const report = await this.reconciler.reads.getReport(id);
    access.assertReaches(report);
    return report;
  }

  @Permission('drift:read', 'object')
  @Get(':id/drift')
  async drift(@Param('id') id: string, @Query() query: unknown, @Access() access: RequestAccess): Promise<DriftItem[]> {
    await this.get(id, access);
    return this.reconciler.reads.findDrift(id, parseRequest(listSchema, query).limit);
  }

  @Permission('round:start', { system: 'body.system', entity: 'body.entity' })
  @Post()
  start(@Body() body: unknown): Promise<RoundReport[]> {
    const { system, entity } = parseRequest(startRoundsSchema, body);
    return this.reconciler.startRounds(system, entity);
  }
}
