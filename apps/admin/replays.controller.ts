import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { Access, Permission, type FourEyes, type RequestAccess } from '#auth';
import type { ReplayPlanReport, ReplayReport } from '#contracts';
import { parseRequest } from '#observability';
import type { ReplayPlan } from '#replay';
import { ACTS, type Acts } from './acts.js';
import type { LiveFeed } from './live-feed.js';
import type { Redelivery } from './redelivery.js';
import { toPlanReport, toReplayReport } from './redelivery-reports.js';
import { replayBody, toReplayRequest } from './redelivery-requests.js';
import { Actor } from './session.guard.js';
import { FOUR_EYES, LIVE_FEED, REDELIVERY } from './tokens.js';

/** Replays: a dry run first, then started, watched, paused, resumed or aborted. The server runs them, not the page. */
@Controller('api')
export class ReplaysController {
  constructor(
    @Inject(REDELIVERY) private readonly redelivery: Redelivery,
    @Inject(ACTS) private readonly acts: Acts,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(FOUR_EYES) private readonly fourEyes: Pick<FourEyes, 'run'>,
  ) {}

  @Get('replays')
  @Permission('replay:read')
  async list(): Promise<ReplayReport[]> {
    return (await this.redelivery.replays()).map(toReplayReport);
  }

  @Get('replays/:id')
  @Permission('replay:read')
  async find(@Param('id') id: string): Promise<ReplayReport> {
    return toReplayReport(await this.redelivery.during(({ replays }) => replays.getJob(id)));
  }

  /** Reads what would be replayed and counts it; ends when the browser no longer waits. */
  @Post('replays/plan')
  @HttpCode(200)
  @Permission('replay:plan', { topic: 'body.source' })
  plan(@Body() body: unknown, @Res({ passthrough: true }) response: ServerResponse): Promise<ReplayPlanReport> {
    const request = toReplayRequest(parseRequest(replayBody, body));
    const leaving = new AbortController();
    response.once('close', () => leaving.abort());
    return this.redelivery.dryRun(leaving.signal, async ({ replays }, signal) => {
      const plan = await replays.plan(request);
      return toPlanReport(plan, await replays.preview(plan, signal));
    });
  }

  /** A large one into what groups read needs a second person, who asks for the same. */
  @Post('replays')
  @Permission('replay:start', { topic: 'body.source' })
  async start(
    @Body() body: unknown,
    @Access() access: RequestAccess,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<ReplayReport> {
    const wish = parseRequest(replayBody, body);
    const request = toReplayRequest(wish);
    const actor = access.actor();
    const leaving = new AbortController();
    response.once('close', () => leaving.abort());
    const act = { actor, act: 'replay.started', subject: request.source, reason: null };
    const id = await this.acts.run(act, async () => {
      const ordered = await this.redelivery.dryRun(leaving.signal, async ({ replays }, signal) => {
        const plan = await replays.plan(request);
        await replays.assertKeysFound(plan, signal);
        const large = { records: sharedOffsets(plan), principal: access.principal };
        const asked = { act: access.permission, subject: request.source, digest: digestOf(wish) };
        return this.fourEyes.run(asked, large, () => replays.order(plan, actor));
      });
      await this.redelivery.runner.run(ordered);
      return ordered;
    });
    return this.seen(id);
  }

  @Post('replays/:id/pause')
  @HttpCode(200)
  @Permission('replay:start')
  pause(@Param('id') id: string, @Actor() actor: string): Promise<ReplayReport> {
    return this.halt(id, actor, 'paused');
  }

  @Post('replays/:id/resume')
  @HttpCode(200)
  @Permission('replay:start')
  async resume(@Param('id') id: string, @Actor() actor: string): Promise<ReplayReport> {
    const act = { actor, act: 'replay.resumed', subject: id, reason: null };
    await this.acts.run(act, () => this.redelivery.runner.run(id));
    return this.seen(id);
  }

  @Post('replays/:id/abort')
  @HttpCode(200)
  @Permission('replay:start')
  abort(@Param('id') id: string, @Actor() actor: string): Promise<ReplayReport> {
    return this.halt(id, actor, 'aborted');
  }

  private async halt(id: string, actor: string, wanted: 'paused' | 'aborted'): Promise<ReplayReport> {
    const act = { actor, act: `replay.${wanted}`, subject: id, reason: null };
    await this.acts.run(act, () => this.redelivery.during(({ replays }) => replays.halt(id, wanted)));
    return this.seen(id);
  }

  private async seen(id: string): Promise<ReplayReport> {
    this.feed.soon();
    return this.find(id);
  }
}

/** How much of a replay others get: nothing where the target is a topic that no group reads. */
function sharedOffsets({ destination, affected, offsets }: ReplayPlan): number {
  return destination.kind === 'topic' && affected.length === 0 ? 0 : Number(offsets);
}

/** The same wish has the same digest, whoever says it. */
function digestOf(wish: object): string {
  return createHash('sha256').update(JSON.stringify(wish)).digest('hex').slice(0, 32);
}
