import { Module, type DynamicModule } from '@nestjs/common';
import { HealthController, HEALTH_SOURCES, type HealthSources } from './health.controller.js';

/** Health and metrics of one app. */
@Module({})
export class ObservabilityModule {
  static forRoot(sources: HealthSources): DynamicModule {
    return {
      module: ObservabilityModule,
      controllers: [HealthController],
      providers: [{ provide: HEALTH_SOURCES, useValue: sources }],
    };
  }
}
