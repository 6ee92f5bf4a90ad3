import type { AppliedOffset, AppliedOffsets } from '#outbox';

/** Fake of the applied offsets, over the map of one transaction. */
export class InMemoryOffsets implements AppliedOffsets {
  constructor(private readonly offsets: Map<string, bigint>) {}

  lock(topic: string, partition: number): Promise<bigint> {
    return Promise.resolve(this.offsets.get(`${topic}/${partition}`) ?? 0n);
  }

  advance({ topic, partition, nextOffset }: AppliedOffset): Promise<void> {
    const before = this.offsets.get(`${topic}/${partition}`) ?? 0n;
    this.offsets.set(`${topic}/${partition}`, nextOffset > before ? nextOffset : before);
    return Promise.resolve();
  }
}
