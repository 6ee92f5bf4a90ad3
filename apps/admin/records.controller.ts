import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Access, Permission, type RequestAccess } from '#auth';
import type { AsOfReport, Entity, RecordReport, SearchHit, SystemRecord } from '#contracts';
import { answerOf, type HubServices } from '#hub-client';
import { entitiesOf, type HubFile } from '#hub-file';
import type { SystemId } from '#kernel';
import { parseRequest } from '#observability';
import { asOfQuery, entityParam, searchQuery } from './requests.js';
import { toSystemRecords } from './system-records.js';
import { HUB_FILE, SERVICES } from './tokens.js';

const VERSIONS = 100;
const HITS_PER_ENTITY = 20;

/** Records: found by key, explained, as they were, and as every system holds them. */
@Controller('api')
export class RecordsController {
  constructor(
    @Inject(SERVICES) private readonly services: HubServices,
    @Inject(HUB_FILE) private readonly file: HubFile,
  ) {}

  @Permission('record:read', 'answer')
  @Get('search')
  async search(@Query() query: unknown, @Access() access: RequestAccess): Promise<SearchHit[]> {
    const { q } = parseRequest(searchQuery, query);
    const entities = entitiesOf(this.file).filter((entity) => access.reaches({ entity }));
    const found = await Promise.all(
      entities.map(async (entity) => {
        const keys = await this.services.keys(entity, q, HITS_PER_ENTITY);
        return keys.map((key) => ({ entity, key }));
      }),
    );
    // a key that is exactly what was asked for comes first
    return found.flat().sort((a, b) => Number(b.key === q) - Number(a.key === q));
  }

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
