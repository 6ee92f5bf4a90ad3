import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy, MicroserviceOptions } from '@nestjs/microservices';
import type { Closers, Logger } from '#kernel';
import { NestLogger } from './nest-logger.js';

/** How an app consumes. */
export interface ConsumerAppOptions {
  /** The transport that hands messages to the module's handlers. */
  readonly strategy: CustomTransportStrategy;
  readonly logger: Logger;
}

/** Starts a Nest app that consumes messages, over the given module; resolves when its transport listens. */
export async function serveConsumerApp(
  module: DynamicModule,
  { strategy, logger }: ConsumerAppOptions,
  closers: Closers,
): Promise<void> {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(module, {
    strategy,
    logger: new NestLogger(logger),
  });
  closers.add(() => app.close());
  await app.listen();
}
