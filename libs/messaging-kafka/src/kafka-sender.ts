import { silentLogger, type Logger } from '#kernel';
import kafkajs, { type Producer, type TopicMessages } from 'kafkajs';
import { createKafka, type KafkaConnection } from './kafka-connection.js';
import { toBrokerError } from './kafka-errors.js';

/**
 * An idempotent producer with one request in flight. After any error it is thrown away and the next call makes a new
 * one: the state of a failed producer (sequence numbers, sockets) is not worth trusting.
 */
export class KafkaSender {
  private connecting: Promise<Producer> | null = null;
  private readonly logger: Logger;

  constructor(private readonly connection: KafkaConnection) {
    this.logger = connection.logger ?? silentLogger;
  }

  /** Resolves when all in-sync replicas have the messages. @throws HubError HUB_BROKER_*, HUB_TOPIC_MISSING */
  async send(topicMessages: TopicMessages[]): Promise<void> {
    const connecting = (this.connecting ??= this.connect());
    try {
      const producer = await connecting;
      await producer.sendBatch({ topicMessages, acks: -1, timeout: this.connection.requestTimeoutMs ?? 10_000 });
    } catch (error) {
      this.connecting = null;
      void this.discard(connecting);
      throw toBrokerError(error, { topics: topicMessages.map((entry) => entry.topic) });
    }
  }

  async close(): Promise<void> {
    const connecting = this.connecting;
    this.connecting = null;
    if (connecting) await this.discard(connecting);
  }

  private async connect(): Promise<Producer> {
    const producer = createKafka(this.connection).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    return producer;
  }

  /** Nobody waits for a discarded producer's answers, so its own failure is only worth a line. */
  private async discard(connecting: Promise<Producer>): Promise<void> {
    try {
      await (await connecting).disconnect();
    } catch (error) {
      this.logger.debug({ code: toBrokerError(error).code }, 'discarded producer not disconnected');
    }
  }
}
