import { describe, expect, test } from '@jest/globals';
import { HubError, silentLogger, type Clock } from '#kernel';
import { BatchProcessor, type BatchEffects } from './batch-processor.js';
import type { DecodedMessage, RawMessage } from './messages.js';
import type { Membership } from './patience.js';

/** Only the heartbeat waits; back-off takes no time. */
const clock: Clock = {
  nowMs: () => 0,
  sleep: async (ms, signal) => {
    if (ms === 2_500) await new Promise<void>((done) => signal?.addEventListener('abort', () => done()));
  },
};
const poison = new HubError('HUB_PAYLOAD_INVALID', 'poison');
const outage = new HubError('HUB_DATABASE_UNREACHABLE', 'down');

/** Plays one page; `handle` may throw, keys starting with `bad` cannot be decoded. */
class Stage {
  readonly handled: string[] = [];
  readonly parked: string[] = [];
  readonly skipped: bigint[] = [];
  readonly calls: number[] = [];
  readonly ending = new AbortController();
  beats = 0;

  constructor(private readonly replaced: Partial<BatchEffects> = {}) {}

  play(keys: readonly string[], membership: Partial<Membership> = {}): Promise<boolean> {
    const effects: BatchEffects = {
      prepare: async () => undefined,
      decode: (message) => {
        if (message.key.startsWith('bad')) throw poison;
        return { ...message, typeName: null, record: null };
      },
      deadLetter: async (message) => void this.parked.push(message.key),
      skipTo: async (_topic, _partition, nextOffset) => void this.skipped.push(nextOffset),
      ...this.replaced,
      handle: async (messages) => {
        this.calls.push(messages.length);
        await this.replaced.handle?.(messages);
        this.handled.push(...messages.map((message) => message.key));
      },
    };
    const alive = {
      heartbeat: async () => void (this.beats += 1),
      signal: this.ending.signal,
      heartbeatEveryMs: 2_500,
    };
    const processor = new BatchProcessor({ effects, clock, logger: silentLogger, random: () => 0 });
    return processor.process(keys.map(aMessage), { ...alive, ...membership });
  }
}

function aMessage(key: string, index: number): RawMessage {
  return { topic: 't', partition: 0, offset: BigInt(index), key, value: Buffer.alloc(1), headers: {}, timestampMs: 0 };
}

/** A handler that fails `times` times with `error`, then works. */
function failing(times: number, error: Error): BatchEffects['handle'] {
  let left = times;
  return async () => {
    left -= 1;
    if (left >= 0) throw error;
  };
}

describe('BatchProcessor', () => {
  test('hands over a page in order, in one call', async () => {
    const stage = new Stage();
    expect(await stage.play(['a', 'b', 'c'])).toBe(true);
    expect(stage).toMatchObject({ handled: ['a', 'b', 'c'], calls: [3], parked: [], skipped: [] });
  });

  test.each(['retry', 'reload'] as const)('repeats the same page on %s, in the same order', async (disposition) => {
    const error = new HubError('HUB_DATABASE_CONFLICT', 'again', {}, { disposition });
    const stage = new Stage({ handle: failing(5, error) });
    expect(await stage.play(['a', 'b'])).toBe(true);
    expect(stage).toMatchObject({ handled: ['a', 'b'], calls: [2, 2, 2, 2, 2, 2], parked: [] });
  });

  test('parks what cannot be decoded, handles the rest, and moves the position past a parked end', async () => {
    const stage = new Stage();
    expect(await stage.play(['a', 'bad1', 'b', 'bad2'])).toBe(true);
    expect(stage).toMatchObject({ handled: ['a', 'b'], parked: ['bad1', 'bad2'], skipped: [4n] });
  });

  test('a registry outage is waited for, never parked', async () => {
    const down = new HubError('HUB_REGISTRY_UNREACHABLE', 'down');
    const stage = new Stage({ prepare: failing(3, down) });
    expect(await stage.play(['a'])).toBe(true);
    expect(stage).toMatchObject({ handled: ['a'], parked: [] });
  });

  test('isolates a message that the handler refuses, and goes on', async () => {
    const handle = async (messages: readonly DecodedMessage[]): Promise<void> => {
      if (messages.some((message) => message.key === 'refused')) throw poison;
    };
    const stage = new Stage({ handle });
    expect(await stage.play(['a', 'refused', 'b'])).toBe(true);
    expect(stage).toMatchObject({ handled: ['a', 'b'], parked: ['refused'], skipped: [2n], calls: [3, 1, 1, 1] });
  });

  test('moves the position past a page that ends with what cannot be decoded, also when its handler refused another', async () => {
    const handle = async (messages: readonly DecodedMessage[]): Promise<void> => {
      if (messages.some((message) => message.key === 'refused')) throw poison;
    };
    const stage = new Stage({ handle });
    expect(await stage.play(['a', 'refused', 'b', 'bad'])).toBe(true);
    expect(stage).toMatchObject({ handled: ['a', 'b'], parked: ['bad', 'refused'], skipped: [2n, 4n] });
  });

  test('waits until a poison message is safe in the dead-letter topic', async () => {
    const stage = new Stage({ deadLetter: failing(2, outage) as () => Promise<void> });
    expect(await stage.play(['bad', 'a'])).toBe(true);
    expect(stage.handled).toEqual(['a']);
  });

  test.each([
    ['stop', new HubError('HUB_TOPIC_MISSING', 'no topic')],
    ['crash', new TypeError('a bug')],
  ])('throws on %s and parks nothing', async (_disposition, error) => {
    const stage = new Stage({ handle: failing(9, error) });
    await expect(stage.play(['a'])).rejects.toMatchObject({ disposition: _disposition });
    expect(stage).toMatchObject({ handled: [], parked: [], skipped: [] });
  });

  test('refuses to skip a message that cannot be parked', async () => {
    const stage = new Stage({
      deadLetter: failing(9, new HubError('HUB_PAYLOAD_TOO_LARGE', 'too large')) as () => Promise<void>,
    });
    await expect(stage.play(['bad'])).rejects.toMatchObject({ code: 'HUB_INVARIANT_BROKEN' });
  });

  test('gives up quietly when the consumer ends', async () => {
    const stage = new Stage({ handle: failing(Number.POSITIVE_INFINITY, outage) });
    const playing = stage.play(['a']);
    stage.ending.abort();
    expect(await playing).toBe(false);
    expect(stage.parked).toEqual([]);
  });

  test('lets a rebalance through after the handler came to rest', async () => {
    const rebalance = Object.assign(new Error('rebalance'), {
      name: 'KafkaJSProtocolError',
      type: 'REBALANCE_IN_PROGRESS',
    });
    let release = (): void => undefined;
    const stage = new Stage({ handle: () => new Promise((resolve) => (release = resolve)) });
    const heartbeat = async (): Promise<void> => {
      release();
      throw rebalance;
    };
    await expect(stage.play(['a'], { heartbeat, heartbeatEveryMs: 1 })).rejects.toBe(rebalance);
    expect(stage).toMatchObject({ handled: ['a'], parked: [] });
  });
});
