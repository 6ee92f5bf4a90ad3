import { backoffMs, toHubError, type Clock, type HubError, type Logger } from '#kernel';
import type { AppliedOffset } from '#outbox';
import type { Consumer } from 'kafkajs';
import type { KafkaTopics } from './kafka-topics.js';
import { startOffset } from './start-offset.js';

/** Positions of a consumer in its own database. */
export interface ConsumerPositions {
  /** Offset of the next message to apply; null before the first. */
  find(topic: string, partition: number): Promise<bigint | null>;
  /** Moves the position forward, past messages that were parked. */
  skipTo(offset: AppliedOffset): Promise<void>;
}

/** What positioning needs. */
export interface PositioningOptions {
  readonly consumer: Consumer;
  readonly topics: KafkaTopics;
  readonly positions: ConsumerPositions;
  readonly isLane: (topic: string) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onFatal: (error: HubError) => void;
}

/** Partitions by topic, as the group assigned them. */
export type Assignment = Readonly<Record<string, readonly number[]>>;

/**
 * Begins every assignment at the database's positions. The partitions are paused before the first fetch (the join event
 * is emitted synchronously) and resumed when they stand where the database says.
 */
export class Positioning {
  private generation = 0;

  constructor(private readonly options: PositioningOptions) {}

  /** Call it synchronously in the handler of GROUP_JOIN. A later join takes over from an earlier one. */
  onJoin(assignment: Assignment): void {
    this.generation += 1;
    const topicPartitions = Object.entries(assignment).map(([topic, partitions]) => ({
      topic,
      partitions: [...partitions],
    }));
    this.options.consumer.pause(topicPartitions);
    void this.persist(this.generation, assignment);
  }

  private async persist(generation: number, assignment: Assignment): Promise<void> {
    const { clock, logger, signal, onFatal } = this.options;
    for (let attempt = 1; this.isCurrent(generation); attempt += 1) {
      try {
        await this.seekAll(generation, assignment);
        return;
      } catch (error) {
        const classified = toHubError(error);
        if (classified.disposition !== 'retry' && classified.disposition !== 'reload') {
          onFatal(classified);
          return;
        }
        logger.warn({ code: classified.code, attempt, reason: classified.message }, 'positions not found yet');
        await clock.sleep(backoffMs(attempt, Math.random), signal);
      }
    }
  }

  private async seekAll(generation: number, assignment: Assignment): Promise<void> {
    const { consumer, topics, positions, isLane, logger } = this.options;
    for (const [topic, partitions] of Object.entries(assignment)) {
      const ranges = await topics.offsets(topic);
      for (const partition of partitions) {
        const range = ranges.get(partition) ?? { low: 0n, high: 0n };
        const found = { topic, partition, ...range, isLane: isLane(topic) };
        const offset = startOffset(await positions.find(topic, partition), found);
        if (!this.isCurrent(generation)) return;
        consumer.seek({ topic, partition, offset: offset.toString() });
        consumer.resume([{ topic, partitions: [partition] }]);
        logger.debug({ topic, partition, offset: String(offset), end: String(range.high) }, 'partition positioned');
      }
    }
  }

  private isCurrent(generation: number): boolean {
    return generation === this.generation && !this.options.signal.aborted;
  }
}
