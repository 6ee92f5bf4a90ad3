import { Controller, Get, Inject } from '@nestjs/common';
import { Access, Permission, type PendingApproval, type RequestAccess } from '#auth';
import { ReconcilerService } from './reconciler.service.js';

/** What waits for a second person. */
@Controller('approvals')
export class ApprovalsController {
  constructor(@Inject(ReconcilerService) private readonly reconciler: ReconcilerService) {}

  @Permission('approval:read', 'object')
  @Get()
  list(@Access() access: RequestAccess): Promise<PendingApproval[]> {
    return this.reconciler.waiting(access);
  }
}
