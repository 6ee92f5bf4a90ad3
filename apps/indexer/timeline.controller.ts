import { Controller, Get, Inject, Param } from '@nestjs/common';
import { Permission } from '#auth';
import type { TimelineReport } from '#contracts';
import type { TimelineQueries } from './timeline-queries.js';

/** Injection token of {@link TimelineQueries}. */
export const TIMELINE_QUERIES = Symbol('TIMELINE_QUERIES');

/** HTTP API of the indexer: timelines. */
@Controller('timeline')
export class TimelineController {
  constructor(@Inject(TIMELINE_QUERIES) private readonly queries: TimelineQueries) {}

  @Permission('record:read', { entity: 'param.entity' })
  @Get(':entity/:key')
  find(@Param('entity') entity: string, @Param('key') key: string): Promise<TimelineReport> {
    return this.queries.find(entity, key);
  }
}
