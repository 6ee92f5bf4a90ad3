import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Permission } from '#auth';
import type { CheckReport } from '#connector-sdk';
import type { PlanReport, RestoredReport } from '#contracts';
import type { HubServices } from '#hub-client';
import type { SystemId } from '#kernel';
import { parseRequest } from '#observability';
import { ACTS, type Acts } from './acts.js';
import type { LiveFeed } from './live-feed.js';
import { modeBody, restoredBody } from './requests.js';
import { Actor } from './session.guard.js';
import { LIVE_FEED, SERVICES } from './tokens.js';

const SAMPLES = 5;

/** One system: what differs, whether it can be reached, what the hub may do with it. */
@Controller('api/systems/:system')
export class SystemsController {
  constructor(
    @Inject(SERVICES) private readonly services: HubServices,
    @Inject(ACTS) private readonly acts: Acts,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
  ) {}

  /** How the system differs from what the hub would make of it; changes nothing. */
  @Permission('plan:read', { system: 'param.system' })
  @Get('plan')
  plan(@Param('system') system: string): Promise<PlanReport> {
    return this.services.plan(system as SystemId, SAMPLES);
  }

  @Permission('system:start', { system: 'param.system' })
  @Post('check')
  @HttpCode(200)
  check(@Param('system') system: string): Promise<CheckReport> {
    return this.services.check(system as SystemId);
  }

  @Permission('mode:change', { system: 'param.system' })
  @Post('mode')
  @HttpCode(204)
  async mode(@Param('system') system: string, @Body() body: unknown, @Actor() actor: string): Promise<void> {
    const { mode, reason } = parseRequest(modeBody, body);
    const act = { actor, act: `mode.${mode}`, subject: system, reason };
    await this.acts.run(act, () => this.services.setMode(system as SystemId, mode, actor));
    this.feed.soon();
  }

  @Permission('restored:read', { system: 'param.system' })
  @Get('restored')
  restored(@Param('system') system: string): Promise<RestoredReport> {
    return this.services.restored(system as SystemId);
  }

  @Permission('restored:approve', { system: 'param.system' })
  @Post('restored')
  @HttpCode(204)
  async keep(@Param('system') system: string, @Body() body: unknown, @Actor() actor: string): Promise<void> {
    const { keep, reason } = parseRequest(restoredBody, body);
    const act = { actor, act: `restored.${keep}`, subject: system, reason };
    await this.acts.run(act, () => this.services.keep(system as SystemId, keep, actor));
    this.feed.soon();
  }
}
