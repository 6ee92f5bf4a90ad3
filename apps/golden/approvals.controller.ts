import { Controller, Get, Inject } from '@nestjs/common';
import { Access, Permission, type PendingApproval, type RequestAccess } from '#auth';
import type { GoldenQueries } from './golden-queries.js';
import { GOLDEN_QUERIES } from './golden.controller.js';

/** What waits for a second person. */
@Controller('approvals')
export class ApprovalsController {
  constructor(@Inject(GOLDEN_QUERIES) private readonly queries: GoldenQueries) {}

  @Permission('approval:read', 'object')
  @Get()
  list(@Access() access: RequestAccess): Promise<PendingApproval[]> {
    return this.queries.waiting(access);
  }
}
