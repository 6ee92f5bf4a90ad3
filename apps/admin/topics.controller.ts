import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Access, Permission, type RequestAccess } from '#auth';
import type { TopicMessages, TopicSummary } from '#contracts';
import type { HubFile } from '#hub-file';
import { AnyText, parseRequest } from '#observability';
import { maskMessages } from './mask-messages.js';
import { messagesQuery } from './requests.js';
import { HUB_FILE, TOPICS } from './tokens.js';
import type { TopicBrowser } from './topic-browser.js';

/** Topics and their messages. */
@Controller('api/topics')
export class TopicsController {
  constructor(
    @Inject(TOPICS) private readonly topics: TopicBrowser,
    @Inject(HUB_FILE) private readonly file: Pick<HubFile, 'hub'>,
  ) {}

  @Permission('topic:read', 'object')
  @Get()
  async list(@Access() access: RequestAccess): Promise<TopicSummary[]> {
    return (await this.topics.list()).filter(({ name }) => access.reaches({ topic: name }));
  }

  @Permission('topic:read', { topic: 'param.topic' })
  @AnyText()
  @Get(':topic/messages')
  async messages(
    @Param('topic') topic: string,
    @Query() query: unknown,
    @Access() access: RequestAccess,
  ): Promise<TopicMessages> {
    const found = await this.topics.read(topic, parseRequest(messagesQuery, query));
    return maskMessages(found, { topic, topicPrefix: this.file.hub.topicPrefix, access });
  }
}
