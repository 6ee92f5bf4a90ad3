import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Permission } from '#auth';
import type { ParkedRelease, ParkedReport } from '#contracts';
import type { HubServices, RelayOwner } from '#hub-client';
import type { HubFile } from '#hub-file';
import { HubError, type SystemId } from '#kernel';
import { parseRequest } from '#observability';
import { ACTS, type Acts } from './acts.js';
import type { LiveFeed } from './live-feed.js';
import { releaseBody } from './requests.js';
import { Actor } from './session.guard.js';
import { HUB_FILE, LIVE_FEED, SERVICES } from './tokens.js';

const LISTED = 500;

/** What no broker took, and receivers of webhooks that did not answer. */
@Controller('api')
export class ParkedController {
  constructor(
    @Inject(SERVICES) private readonly services: HubServices,
    @Inject(ACTS) private readonly acts: Acts,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(HUB_FILE) private readonly file: Pick<HubFile, 'webhooks'>,
  ) {}

  @Permission('outbox:read')
  @Get('parked/:service')
  list(@Param('service') service: string): Promise<ParkedReport> {
    return this.services.parked(toOwner(service), LISTED);
  }

  @Permission('outbox:release')
  @Post('parked/:service/release')
  @HttpCode(200)
  async release(
    @Param('service') service: string,
    @Body() body: unknown,
    @Actor() actor: string,
  ): Promise<ParkedRelease> {
    const { keys } = parseRequest(releaseBody, body);
    const act = { actor, act: 'parked.released', subject: service, reason: null };
    const released = await this.acts.run(act, () => this.services.releaseParked(toOwner(service), keys, actor));
    this.feed.soon();
    return released;
  }

  @Permission('webhook:release')
  @Post('webhooks/:name/resend')
  @HttpCode(200)
  async resend(@Param('name') name: string, @Actor() actor: string): Promise<{ readonly events: number }> {
    if (!this.file.webhooks?.some((webhook) => webhook.name === name))
      throw new HubError('HUB_NOT_FOUND', `The hub file has no webhook "${name}".`, { webhook: name });
    const act = { actor, act: 'webhook.resent', subject: name, reason: null };
    const sent = await this.acts.run(act, () => this.services.resend(name));
    this.feed.soon();
    return sent;
  }
}

function toOwner(service: string): RelayOwner {
  return service === 'golden' || service === 'reconciler' ? { app: service } : { system: service as SystemId };
}
