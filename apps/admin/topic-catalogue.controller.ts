import { Controller, Get, Header, Inject, Param } from '@nestjs/common';
import { Permission } from '#auth';
import type { SampleConsumer, TopicCatalogue } from '#contracts';
import type { HubFile } from '#hub-file';
import { hubAsyncApi, sampleConsumers } from './hub-asyncapi.js';
import { BROKERS, CATALOGUES, HUB_FILE } from './tokens.js';
import type { TopicCatalogues } from './topic-catalogue.js';

/** The catalogue for data teams: each topic, how to consume it, and all of them as AsyncAPI. */
@Controller('api')
export class TopicCatalogueController {
  constructor(
    @Inject(CATALOGUES) private readonly catalogues: TopicCatalogues,
    @Inject(HUB_FILE) private readonly file: HubFile,
    @Inject(BROKERS) private readonly brokers: readonly string[],
  ) {}

  @Permission('topic:read', { topic: 'param.topic' })
  @Get('topics/:topic')
  topic(@Param('topic') topic: string): Promise<TopicCatalogue> {
    return this.catalogues.get(topic);
  }

  @Permission('topic:read', { topic: 'param.topic' })
  @Get('topics/:topic/consumers')
  consumers(@Param('topic') topic: string): readonly SampleConsumer[] {
    return sampleConsumers(this.catalogues.nameOf(topic));
  }

  @Permission('topic:read')
  @Get('asyncapi.yaml')
  @Header('content-type', 'application/yaml; charset=utf-8')
  @Header('content-disposition', 'attachment; filename="asyncapi.yaml"')
  asyncApi(): string {
    return hubAsyncApi(this.file, this.brokers);
  }
}
