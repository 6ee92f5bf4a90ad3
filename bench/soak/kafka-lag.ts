import { KAFKA_KINDS, KafkaLine } from '#testing';

/**
 * A line to one Kafka broker that holds back what a consumer fetches, and nothing else: events are applied that much
 * later, while the group, the producer and the offsets go on. Clients match answers to requests by their number, so that
 * others may pass one that is held back.
 */
export class KafkaLag {
  /** How long every answer to a Fetch request is held back. */
  delayMs = 0;
  private line: KafkaLine | null = null;

  /** @param broker `host:port` as the broker itself advertises it */
  static async open(broker: string): Promise<KafkaLag> {
    const lag = new KafkaLag();
    lag.line = await KafkaLine.open(broker, {
      request: (_kind, frame) => [frame],
      answer: (kind, frame, send) => {
        if (kind === KAFKA_KINDS.fetch && lag.delayMs > 0) setTimeout(() => send(frame), lag.delayMs);
        else send(frame);
      },
    });
    return lag;
  }

  /** `host:port` of the line. */
  get address(): string {
    return this.line?.address ?? '';
  }

  async close(): Promise<void> {
    await this.line?.close();
  }
}
