import { Controller, Get, Inject } from '@nestjs/common';
import { Access, Permission, type FourEyes, type RequestAccess } from '#auth';
import type { WaitingApproval, WaitingReport } from '#contracts';
import { answerOf, type HubServices } from '#hub-client';
import { FOUR_EYES, SERVICES } from './tokens.js';

const SERVICES_ASKED = ['golden', 'reconciler'] as const;

/** What waits for a second person, of every service. */
@Controller('api')
export class ApprovalsController {
  constructor(
    @Inject(SERVICES) private readonly services: HubServices,
    @Inject(FOUR_EYES) private readonly fourEyes: Pick<FourEyes, 'waiting'>,
  ) {}

  /** Each service leaves out what the roles do not reach; one that does not answer hides no other. */
  @Permission('approval:read', 'object')
  @Get('approvals')
  async list(@Access() access: RequestAccess): Promise<WaitingReport> {
    const answers = await Promise.all(
      SERVICES_ASKED.map(async (service) => ({ service, answer: await answerOf(this.services.approvals(service)) })),
    );
    // What waits here is about all of the hub.
    const own = access.isUnlimited ? await this.fourEyes.waiting() : [];
    const waiting = [
      ...answers.flatMap(({ service, answer }) => ('value' in answer ? answer.value.map(of(service)) : [])),
      ...own.map(of('admin')),
    ];
    return {
      waiting: waiting.sort((a, b) => (a.askedAt < b.askedAt ? -1 : 1)),
      unreachable: answers.flatMap(({ service, answer }) => ('error' in answer ? [service] : [])),
    };
  }
}

function of(service: string): (approval: Omit<WaitingApproval, 'service'>) => WaitingApproval {
  return (approval) => ({ service, ...approval });
}
