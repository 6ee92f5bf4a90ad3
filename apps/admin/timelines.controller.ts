import { Controller, Get, Inject, Param } from '@nestjs/common';
import { Access, Permission, type RequestAccess } from '#auth';
import type { Entity, SearchHit, TimelineReport } from '#contracts';
import type { HubServices } from '#hub-client';
import { entitiesOf, type HubFile } from '#hub-file';
import { parseRequest } from '#observability';
import { relatedKeys, type RelatedKeys } from './related-keys.js';
import { entityParam } from './requests.js';
import { HUB_FILE, SERVICES } from './tokens.js';

const KEYS_PER_ENTITY = 20;

/** What happened to a record, and which others are about the same article. */
@Controller('api/records/:entity/:key')
export class TimelinesController {
  constructor(
    @Inject(SERVICES) private readonly services: HubServices,
    @Inject(HUB_FILE) private readonly file: HubFile,
  ) {}

  @Permission('record:read', { entity: 'param.entity' })
  @Get('timeline')
  timeline(@Param('entity') entity: string, @Param('key') key: string): Promise<TimelineReport> {
    return this.services.timeline(parseRequest(entityParam, entity), key);
  }

  @Permission('record:read', 'answer')
  @Get('related')
  async related(
    @Param('entity') name: string,
    @Param('key') key: string,
    @Access() access: RequestAccess,
  ): Promise<SearchHit[]> {
    const entity = parseRequest(entityParam, name);
    const known = new Set<Entity>(entitiesOf(this.file).filter((one) => access.reaches({ entity: one })));
    const places = relatedKeys(entity, key).filter((place) => known.has(place.entity));
    const found = await Promise.all(places.map((place) => this.keysAt(place)));
    return found.flat().filter((hit) => hit.entity !== entity || hit.key !== key);
  }

  private async keysAt({ entity, prefix, isWhole }: RelatedKeys): Promise<SearchHit[]> {
    const keys = await this.services.keys(entity, prefix, KEYS_PER_ENTITY);
    return keys.filter((key) => !isWhole || key === prefix).map((key) => ({ entity, key }));
  }
}
