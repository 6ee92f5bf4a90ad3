import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { AVRO_SCHEMAS, type HubSettings, type SchemaVersion, type TopicMessages, type TopicSummary } from '#contracts';
import { HubError } from '#kernel';
import type { SchemaRegistry } from '#messaging-kafka';
import { parseRequest } from '#observability';
import { ACTS, type Acts } from './acts.js';
import { messagesQuery } from './requests.js';
import { REGISTRY, SHOWN_FILE, TOPICS } from './tokens.js';
import type { TopicBrowser } from './topic-browser.js';

const ACTS_SHOWN = 200;

/** Topics and their messages, schemas with their versions, and the settings. */
@Controller('api')
export class CatalogueController {
  constructor(
    @Inject(TOPICS) private readonly topics: TopicBrowser,
    @Inject(REGISTRY) private readonly registry: Pick<SchemaRegistry, 'findVersions'>,
    @Inject(SHOWN_FILE) private readonly shownFile: () => unknown,
    @Inject(ACTS) private readonly acts: Acts,
  ) {}

  @Get('topics')
  list(): Promise<TopicSummary[]> {
    return this.topics.list();
  }

  @Get('topics/:topic/messages')
  messages(@Param('topic') topic: string, @Query() query: unknown): Promise<TopicMessages> {
    return this.topics.read(topic, parseRequest(messagesQuery, query));
  }

  /** Full names of the Avro types, which are their subjects. */
  @Get('schemas')
  schemas(): readonly string[] {
    return Object.keys(AVRO_SCHEMAS);
  }

  @Get('schemas/:type')
  versions(@Param('type') type: string): Promise<SchemaVersion[]> {
    if (!Object.hasOwn(AVRO_SCHEMAS, type)) throw new HubError('HUB_NOT_FOUND', `There is no event type ${type}.`);
    return this.registry.findVersions(type);
  }

  @Get('settings')
  async settings(): Promise<HubSettings> {
    return { file: this.shownFile(), acts: await this.acts.latest(ACTS_SHOWN) };
  }
}
