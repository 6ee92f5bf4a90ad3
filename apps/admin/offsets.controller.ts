import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { Permission } from '#auth';
import type { OffsetsReport } from '#contracts';
import { parseRequest } from '#observability';
import type { PartitionReset } from '#replay';
import type { GroupOfTopic, OffsetsDesk } from '#replay-desk';
import { ACTS, type Acts } from './acts.js';
import type { Redelivery } from './redelivery.js';
import { toResetReport } from './redelivery-reports.js';
import { resetBody, resetPlanBody, toResetTarget, undoBody, undoPlanBody } from './redelivery-requests.js';
import { Actor } from './session.guard.js';
import { REDELIVERY } from './tokens.js';

/** Where consumer groups go on reading: shown first, changed while the group has no members, undone. */
@Controller('api')
export class OffsetsController {
  constructor(
    @Inject(REDELIVERY) private readonly redelivery: Redelivery,
    @Inject(ACTS) private readonly acts: Acts,
  ) {}

  @Get('groups')
  @Permission('replay:read')
  groups(): Promise<readonly string[]> {
    return this.redelivery.during(({ offsets }) => offsets.groups());
  }

  @Post('offsets/plan')
  @HttpCode(200)
  @Permission('replay:plan', { topic: 'body.topic' })
  plan(@Body() body: unknown): Promise<OffsetsReport> {
    const { to, ...place } = parseRequest(resetPlanBody, body);
    return this.at((offsets) => offsets.plan(place, toResetTarget(to)));
  }

  @Post('offsets/reset')
  @HttpCode(200)
  @Permission('replay:start', { topic: 'body.topic' })
  reset(@Body() body: unknown, @Actor() actor: string): Promise<OffsetsReport> {
    const { to, reason, ...place } = parseRequest(resetBody, body);
    const act = { actor, act: 'offsets.reset', subject: nameOf(place), reason };
    return this.acts.run(act, () => this.at((offsets) => offsets.reset(place, toResetTarget(to), actor)));
  }

  @Post('offsets/undo/plan')
  @HttpCode(200)
  @Permission('replay:plan', { topic: 'body.topic' })
  planUndo(@Body() body: unknown): Promise<OffsetsReport> {
    const place = parseRequest(undoPlanBody, body);
    return this.at((offsets) => offsets.planUndo(place));
  }

  @Post('offsets/undo')
  @HttpCode(200)
  @Permission('replay:start', { topic: 'body.topic' })
  undo(@Body() body: unknown, @Actor() actor: string): Promise<OffsetsReport> {
    const { reason, ...place } = parseRequest(undoBody, body);
    const act = { actor, act: 'offsets.undone', subject: nameOf(place), reason };
    return this.acts.run(act, () => this.at((offsets) => offsets.undo(place)));
  }

  private at(work: (offsets: OffsetsDesk) => Promise<readonly PartitionReset[]>): Promise<OffsetsReport> {
    return this.redelivery.during(async ({ offsets }) => ({ partitions: (await work(offsets)).map(toResetReport) }));
  }
}

function nameOf({ group, topic }: GroupOfTopic): string {
  return `${group} ${topic}`;
}
