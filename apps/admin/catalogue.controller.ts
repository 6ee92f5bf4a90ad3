import { Controller, Get, Inject, Param } from '@nestjs/common';
import { Access, Permission, type RequestAccess } from '#auth';
import { AVRO_SCHEMAS, type HubSettings, type SchemaVersion } from '#contracts';
import { HubError } from '#kernel';
import type { SchemaRegistry } from '#messaging-kafka';
import { ACTS, type Acts } from './acts.js';
import { Actor } from './session.guard.js';
import { REGISTRY, SHOWN_FILE } from './tokens.js';

const ACTS_SHOWN = 200;

/** Schemas with their versions, and the settings. */
@Controller('api')
export class CatalogueController {
  constructor(
    @Inject(REGISTRY) private readonly registry: Pick<SchemaRegistry, 'findVersions'>,
    @Inject(SHOWN_FILE) private readonly shownFile: () => unknown,
    @Inject(ACTS) private readonly acts: Acts,
  ) {}

  /** Full names of the Avro types, which are their subjects; they hold no record, so no limit counts. */
  @Permission('schema:read', 'object')
  @Get('schemas')
  schemas(): readonly string[] {
    return Object.keys(AVRO_SCHEMAS);
  }

  @Permission('schema:read', 'object')
  @Get('schemas/:type')
  versions(@Param('type') type: string): Promise<SchemaVersion[]> {
    if (!Object.hasOwn(AVRO_SCHEMAS, type)) throw new HubError('HUB_NOT_FOUND', `There is no event type ${type}.`);
    return this.registry.findVersions(type);
  }

  /** What others did is of the audit. */
  @Permission('settings:read')
  @Get('settings')
  async settings(@Access() access: RequestAccess, @Actor() actor: string): Promise<HubSettings> {
    const of = access.has('audit:read') ? null : actor;
    return { file: this.shownFile(), acts: await this.acts.latest(ACTS_SHOWN, of) };
  }
}
