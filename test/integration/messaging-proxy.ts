import { KAFKA_KINDS, KafkaLine } from '#testing';

/** What to do with one Produce request: the frames that go to the broker; an empty list ends the connection. */
export type ProduceRule = (frame: Buffer) => readonly Buffer[];

/** Passes everything on as it is. */
export const passOn: ProduceRule = (frame) => [frame];

/** A line to one broker on which a test can repeat, spoil or lose the client's Produce requests. */
export class KafkaProxy {
  rule: ProduceRule = passOn;
  /** Error code that the next answers to Produce requests carry for their first partition; null leaves them alone. */
  errorCode: number | null = null;
  private line: KafkaLine | null = null;

  /** @param broker 'host:port' as the broker itself advertises it */
  static async start(broker: string): Promise<KafkaProxy> {
    const proxy = new KafkaProxy();
    proxy.line = await KafkaLine.open(broker, {
      request: (kind, frame) => (kind === KAFKA_KINDS.produce ? proxy.rule(frame) : [frame]),
      answer: (kind, frame, send) => send(kind === KAFKA_KINDS.produce ? proxy.spoilt(frame) : frame),
    });
    return proxy;
  }

  get address(): string {
    return this.line?.address ?? '';
  }

  async stop(): Promise<void> {
    await this.line?.close();
  }

  private spoilt(frame: Buffer): Buffer {
    if (this.errorCode === null) return frame;
    const afterTopic = 12 + 2 + frame.readInt16BE(12); // size, correlation id, number of topics, name of the first
    frame.writeInt16BE(this.errorCode, afterTopic + 8);
    return frame;
  }
}
