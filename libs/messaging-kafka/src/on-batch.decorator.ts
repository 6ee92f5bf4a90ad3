import { EventPattern } from '@nestjs/microservices';

/** Transport id of {@link KafkaBatchServer}. */
export const KAFKA_BATCH = Symbol('KAFKA_BATCH');

/**
 * Marks a handler `(messages: DecodedMessage[], context: KafkaBatchContext)` for the topics that the strategy routes to
 * this pattern. Nest types its own decorator for targets of `any[]`, which a typed context does not fit: hence the cast.
 */
export function OnBatch(pattern: string): MethodDecorator {
  return EventPattern(pattern, KAFKA_BATCH) as MethodDecorator;
}
