import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { RethrowRpcFilter } from '#messaging-kafka';
import { GOLDEN_EVENTS_INTAKE, GoldenEventsController, type GoldenEventsIntake } from './golden-events.controller.js';
import { NOTIFIER_API } from './notifier-api.js';
import { WEBHOOKS_API, type WebhooksApi } from './webhooks.controller.js';

/** The HTTP side of the notifier. */
@Module({})
export class NotifierHttpModule {
  static forRoot(api: WebhooksApi): DynamicModule {
    return {
      module: NotifierHttpModule,
      controllers: [...NOTIFIER_API.controllers],
      providers: [{ provide: WEBHOOKS_API, useValue: api }],
    };
  }
}

/** The consumer side of the notifier. */
@Module({})
export class GoldenEventsModule {
  static forRoot(intake: GoldenEventsIntake): DynamicModule {
    return {
      module: GoldenEventsModule,
      controllers: [GoldenEventsController],
      providers: [
        { provide: GOLDEN_EVENTS_INTAKE, useValue: intake },
        { provide: APP_FILTER, useClass: RethrowRpcFilter },
      ],
    };
  }
}
