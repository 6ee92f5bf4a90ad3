import { Controller, Get, Inject } from '@nestjs/common';
import { Access, Permission, type FourEyes, type RequestAccess } from '#auth';
import type { WaitingApproval } from '#contracts';
import type { HubServices } from '#hub-client';
import { FOUR_EYES, SERVICES } from './tokens.js';

/** What waits for a second person, of every service. */
@Controller('api')
export class ApprovalsController {
  constructor(
    @Inject(SERVICES) private readonly services: HubServices,
    @Inject(FOUR_EYES) private readonly fourEyes: Pick<FourEyes, 'waiting'>,
  ) {}

  /** The oldest first. Each service leaves out what the roles do not reach. */
  @Permission('approval:read', 'object')
  @Get('approvals')
  async list(@Access() access: RequestAccess): Promise<WaitingApproval[]> {
    const [golden, reconciler] = await Promise.all([
      this.services.approvals('golden'),
      this.services.approvals('reconciler'),
    ]);
    // What waits here is about all of the hub.
    const own = access.isUnlimited ? await this.fourEyes.waiting() : [];
    const all = [
      ...golden.map((waiting) => ({ ...waiting, service: 'golden' })),
      ...reconciler.map((waiting) => ({ ...waiting, service: 'reconciler' })),
      ...own.map((waiting) => ({ ...waiting, service: 'admin' })),
    ];
    return all.sort((a, b) => (a.askedAt < b.askedAt ? -1 : 1));
  }
}
