import { describe, expect, test } from '@jest/globals';
import { silentLogger, type Clock } from '#kernel';
import { BrokerOffsets } from './broker-offsets.js';

/** A consumer whose position is told by `commit`, and a clock that stands still until it is told. */
class Stage {
  position = 0;
  readonly told: number[] = [];
  readonly ending = new AbortController();
  fails = false;
  private readonly sleepers: (() => void)[] = [];
  private readonly clock: Clock = {
    nowMs: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        this.sleepers.push(resolve);
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  readonly offsets = new BrokerOffsets({ clock: this.clock, logger: silentLogger, signal: this.ending.signal });
  readonly payload = {
    uncommittedOffsets: () => ({
      topics: [{ topic: 't', partitions: [{ partition: 0, offset: String(this.position) }] }],
    }),
    commitOffsetsIfNecessary: async (wanted?: { topics: { partitions: { offset: string }[] }[] }): Promise<void> => {
      if (this.fails) throw Object.assign(new Error('rebalance'), { name: 'KafkaJSProtocolError' });
      this.told.push(Number(wanted?.topics[0]?.partitions[0]?.offset));
    },
  };

  async handle(position: number): Promise<void> {
    this.position = position;
    this.offsets.follow(this.payload);
    await settled();
  }

  async pass(): Promise<void> {
    for (const wake of this.sleepers.splice(0)) wake();
    await settled();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the broker is told how far we are', () => {
  test('at once, then no more than once in a while, and the last position always', async () => {
    const stage = new Stage();
    for (const position of [1, 2, 3]) await stage.handle(position);
    expect(stage.told).toEqual([1]);
    await stage.pass();
    expect(stage.told).toEqual([1, 3]);
    await stage.pass();
    expect(stage.told).toEqual([1, 3]);
    await stage.handle(4);
    expect(stage.told).toEqual([1, 3, 4]);
  });

  test('a refusal is not the end of it', async () => {
    const stage = new Stage();
    stage.fails = true;
    await stage.handle(1);
    stage.fails = false;
    await stage.handle(2);
    await stage.pass();
    expect(stage.told).toEqual([2]);
  });

  test('and before it leaves, also in between', async () => {
    const stage = new Stage();
    await stage.handle(1);
    await stage.handle(2);
    stage.ending.abort();
    await stage.offsets.tell(stage.payload);
    await settled();
    expect(stage.told.at(-1)).toBe(2);
  });
});
