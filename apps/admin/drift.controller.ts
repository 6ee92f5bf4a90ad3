import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Permission } from '#auth';
import type { Hold, RoundDetail, RoundReport } from '#contracts';
import { DRIFT_LIMIT, type HubServices } from '#hub-client';
import { HubError, type SystemId } from '#kernel';
import { parseRequest } from '#observability';
import { ACTS, type Acts } from './acts.js';
import type { LiveFeed } from './live-feed.js';
import { decisionBody, holdParams, startRoundsBody } from './requests.js';
import { Actor } from './session.guard.js';
import { LIVE_FEED, SERVICES } from './tokens.js';

const ROUNDS = 200;

interface Decision {
  readonly params: unknown;
  readonly body: unknown;
  readonly actor: string;
}

/** Reconcile rounds, and what is held until somebody decides. */
@Controller('api')
export class DriftController {
  constructor(
    @Inject(SERVICES) private readonly services: HubServices,
    @Inject(ACTS) private readonly acts: Acts,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
  ) {}

  @Permission('round:read', 'answer')
  @Get('rounds')
  rounds(): Promise<readonly RoundReport[]> {
    return this.services.rounds(ROUNDS);
  }

  @Permission('round:read', 'object')
  @Get('rounds/:id')
  async round(@Param('id') id: string): Promise<RoundDetail> {
    const [round, items] = await Promise.all([this.services.round(id), this.services.drift(id)]);
    return { round, items, more: items.length >= DRIFT_LIMIT };
  }

  @Permission('round:start', { system: 'body.system', entity: 'body.entity' })
  @Post('rounds')
  async start(@Body() body: unknown, @Actor() actor: string): Promise<readonly RoundReport[]> {
    const { system, entity } = parseRequest(startRoundsBody, body);
    const act = { actor, act: 'round.started', subject: [system, entity].filter(Boolean).join(' '), reason: null };
    const rounds = await this.acts.run(act, () => this.services.startRounds(system as SystemId, entity));
    this.feed.soon();
    return rounds;
  }

  @Permission('hold:read', 'answer')
  @Get('holds/:kind/:id')
  hold(@Param() params: unknown): Promise<Hold> {
    return this.getHold(parseRequest(holdParams, params));
  }

  /** Decides on exactly what was shown: refused with HUB_APPROVAL_STALE where a row moved since. */
  @Permission('hold:approve', 'object')
  @Post('holds/:kind/:id/approve')
  @HttpCode(200)
  approve(@Param() params: unknown, @Body() body: unknown, @Actor() actor: string): Promise<Hold> {
    return this.decide('approve', { params, body, actor });
  }

  @Permission('hold:reject', 'object')
  @Post('holds/:kind/:id/reject')
  @HttpCode(200)
  reject(@Param() params: unknown, @Body() body: unknown, @Actor() actor: string): Promise<Hold> {
    return this.decide('reject', { params, body, actor });
  }

  /** The service that keeps the hold looks whether the roles reach it. */
  private async decide(decision: 'approve' | 'reject', { params, body, actor }: Decision): Promise<Hold> {
    const { kind, id } = parseRequest(holdParams, params);
    const { digest, reason } = parseRequest(decisionBody, body);
    const hold = await this.getHold({ kind, id });
    const act = { actor, act: `hold.${decision}`, subject: id, reason };
    await this.acts.run(act, () => this.services.decide(hold, decision, { digest, actor }));
    this.feed.soon();
    return this.getHold({ kind, id });
  }

  /** @throws HubError HUB_NOT_FOUND */
  private async getHold({ kind, id }: { readonly kind: Hold['kind']; readonly id: string }): Promise<Hold> {
    const holds = await this.services.allHolds(kind === 'live' ? 'golden' : 'reconciler');
    const hold = holds.find((candidate) => candidate.id === id);
    if (!hold) throw new HubError('HUB_NOT_FOUND', `There is no hold ${id}.`, { id });
    return hold;
  }
}
