import { Module, type DynamicModule } from '@nestjs/common';
import { RECONCILER_API } from './reconciler-api.js';
import { ReconcilerService } from './reconciler.service.js';

/** HTTP API of the reconciler. */
@Module({})
export class ReconcilerModule {
  static forRoot(reconciler: ReconcilerService): DynamicModule {
    return {
      module: ReconcilerModule,
      controllers: [...RECONCILER_API.controllers],
      providers: [{ provide: ReconcilerService, useValue: reconciler }],
    };
  }
}
