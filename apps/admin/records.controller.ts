import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Permission } from '#auth';
import type { AsOfReport, Entity, RecordReport, SystemRecord } from '#contracts';
import { answerOf, type HubServices } from '#hub-client';
import type { HubFile } from '#hub-file';
import type { SystemId } from '#kernel';
import { parseRequest } from '#observability';
import { asOfQuery, entityParam } from './requests.js';
import { toSystemRecords } from './system-records.js';
import { HUB_FILE, SERVICES } from './tokens.js';

const VERSIONS = 100;

/** Records: explained, as they were, and as every system holds them. */
@Controller('api')
export class RecordsController {
  constructor(
    @Inject(SERVICES) private readonly services: HubServices,
    @Inject(HUB_FILE) private readonly file: HubFile,
  ) {}

  @Permission('record:read', { entity: 'param.entity' })
  @Get('records/:entity/:key')
  async record(@Param('entity') name: string, @Param('key') key: string): Promise<RecordReport> {
    const entity = parseRequest(entityParam, name);
    const holders = this.file.systems.filter(({ entities }) => entities[entity]).map(({ id }) => id);
    const [explain, versions, rows] = await Promise.all([
      this.services.explain(entity, key),
      this.services.versions(entity, key, VERSIONS),
      Promise.all(holders.map((system) => this.rowsOf(system, entity, key))),
    ]);
    const unreachable = holders.filter((_, index) => rows[index] === null);
    return { explain, versions, systems: rows.flatMap((found) => found ?? []), unreachable };
  }

  @Permission('record:read', { entity: 'param.entity' })
  @Get('records/:entity/:key/as-of')
  asOf(@Param('entity') name: string, @Param('key') key: string, @Query() query: unknown): Promise<AsOfReport> {
    return this.services.asOf(parseRequest(entityParam, name), key, parseRequest(asOfQuery, query).at);
  }

  private async rowsOf(system: SystemId, entity: Entity, key: string): Promise<readonly SystemRecord[] | null> {
    const answer = await answerOf(this.services.mirror(system, entity, key));
    return 'value' in answer ? toSystemRecords(system, answer.value) : null;
  }
}
