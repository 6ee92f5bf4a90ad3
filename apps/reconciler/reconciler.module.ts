import { Module, type DynamicModule } from '@nestjs/common';
import { ApprovalsController } from './approvals.controller.js';
import { HoldsController } from './holds.controller.js';
import { ReconcilerService } from './reconciler.service.js';
import { ReportController } from './report.controller.js';
import { RoundsController } from './rounds.controller.js';

/** HTTP API of the reconciler. */
@Module({})
export class ReconcilerModule {
  static forRoot(reconciler: ReconcilerService): DynamicModule {
    return {
      module: ReconcilerModule,
      controllers: [RoundsController, HoldsController, ReportController, ApprovalsController],
      providers: [{ provide: ReconcilerService, useValue: reconciler }],
    };
  }
}
