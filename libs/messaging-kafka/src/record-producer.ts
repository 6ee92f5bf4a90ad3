import { silentLogger, Turns, type Logger } from '#kernel';
import type { KafkaConnection } from './kafka-connection.js';
import { toBrokerError } from './kafka-errors.js';
import type { TopicRecord } from './leader-requests.js';
import { ProducerSession } from './producer-session.js';

/**
 * An idempotent producer with one request per leader in flight. After any error its session (producer id, sequences,
 * sockets) is thrown away and the next call makes a new one: the state of a failed producer is not worth trusting.
 */
export class RecordProducer {
  private session: ProducerSession | null = null;
  private readonly turns = new Turns();
  private readonly logger: Logger;

  constructor(private readonly connection: KafkaConnection) {
    this.logger = connection.logger ?? silentLogger;
  }

  /**
   * Resolves when all in-sync replicas have the records, which together stay below the topics' limit of a batch. Calls
   * made at the same time are sent one after another. @throws HubError HUB_BROKER_*, HUB_TOPIC_MISSING, HUB_PAYLOAD_TOO_LARGE
   */
  send(records: readonly TopicRecord[]): Promise<void> {
    return this.turns.take(() => this.sendNow(records));
  }

  async close(): Promise<void> {
    const { session } = this;
    this.session = null;
    if (session) await this.discard(session);
  }

  private async sendNow(records: readonly TopicRecord[]): Promise<void> {
    const session = (this.session ??= new ProducerSession(this.connection));
    try {
      await session.send(records);
    } catch (error) {
      if (this.session === session) this.session = null;
      void this.discard(session);
      throw toBrokerError(error, { topics: [...new Set(records.map((record) => record.topic))] });
    }
  }

  /** Nobody waits for a discarded session's answers, so its own failure is only worth a line. */
  private async discard(session: ProducerSession): Promise<void> {
    try {
      await session.close();
    } catch (error) {
      this.logger.debug({ code: toBrokerError(error).code }, 'discarded producer not disconnected');
    }
  }
}
