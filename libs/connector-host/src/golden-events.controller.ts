import { Controller, Inject, Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { HEADERS, type Entity } from '#contracts';
import { KafkaBatchContext, OnBatch, RethrowRpcFilter, toGolden, type DecodedMessage } from '#messaging-kafka';
import { GoldenIntake, type GoldenPage } from './golden-events.js';
import type { EntityContext, HostContext } from './host-context.js';

/** Token of the host's context. */
export const HOST_CONTEXT = Symbol('HOST_CONTEXT');
/** Pattern of {@link GoldenEventsController}. */
export const GOLDEN_EVENTS = 'golden-events';

/** Stores golden records in the mirror. */
@Controller()
export class GoldenEventsController {
  private readonly intake: GoldenIntake;

  constructor(@Inject(HOST_CONTEXT) private readonly context: HostContext) {
    this.intake = new GoldenIntake(context);
  }

  @OnBatch(GOLDEN_EVENTS)
  async onBatch(@Payload() messages: readonly DecodedMessage[], @Ctx() context: KafkaBatchContext): Promise<void> {
    const [first] = messages;
    const last = messages[messages.length - 1];
    if (!first || !last) return;
    const events = messages.filter(({ record }) => record !== null).map(toItem);
    const entity = this.entityOf(context.routeTopic);
    if (!entity) return;
    const { topic, partition } = first;
    await this.intake.applyPage(entity, { topic, partition, events, nextOffset: last.offset + 1n });
  }

  private entityOf(topic: string): EntityContext | undefined {
    const { entities, topics } = this.context;
    return [...entities.values()].find(({ entity }) => topics.golden(entity) === topic);
  }
}

function toItem(message: DecodedMessage): GoldenPage['events'][number] {
  return { offset: message.offset, event: toGolden(message), bulk: message.headers[HEADERS.lane] === 'bulk' };
}

/** The consumer side of a host. */
@Module({})
export class GoldenEventsModule {
  static forRoot(context: HostContext): DynamicModule {
    return {
      module: GoldenEventsModule,
      controllers: [GoldenEventsController],
      providers: [
        { provide: HOST_CONTEXT, useValue: context },
        { provide: APP_FILTER, useClass: RethrowRpcFilter },
      ],
    };
  }

  /** Topics that a host consumes. */
  static routes(context: HostContext): { readonly topic: string; readonly pattern: string }[] {
    return [...context.entities.keys()].map((entity: Entity) => ({
      topic: context.topics.golden(entity),
      pattern: GOLDEN_EVENTS,
    }));
  }
}
