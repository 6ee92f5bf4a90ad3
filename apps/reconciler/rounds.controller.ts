import type { DriftItem, RoundReport } from '#contracts';
import { parseRequest } from '#observability';
import { Body, Controller, Get, Inject, Param, Post, Query } from '@nestjs/common';
import { ReconcilerService } from './reconciler.service.js';
import { listSchema, startRoundsSchema } from './requests.js';

/** Rounds and their drift; starting rounds on demand. */
@Controller('rounds')
export class RoundsController {
  constructor(@Inject(ReconcilerService) private readonly reconciler: ReconcilerService) {}

  @Get()
  list(@Query() query: unknown): Promise<RoundReport[]> {
    return this.reconciler.reads.findReports(parseRequest(listSchema, query).limit);
  }

  @Get(':id')
  get(@Param('id') id: string): Promise<RoundReport> {
    return this.reconciler.reads.getReport(id);
  }

  @Get(':id/drift')
  drift(@Param('id') id: string, @Query() query: unknown): Promise<DriftItem[]> {
    return this.reconciler.reads.findDrift(id, parseRequest(listSchema, query).limit);
  }

  @Post()
  start(@Body() body: unknown): Promise<RoundReport[]> {
    const { system, entity } = parseRequest(startRoundsSchema, body);
    return this.reconciler.startRounds(system, entity);
  }
}
