import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { quietRequestQueues, type RequestQueue } from './quiet-request-queue.js';

interface Queue extends RequestQueue {
  push(request: object): void;
  fulfillRequest(answer: object): void;
  maybeThrottle(ms: number): void;
  destroy(): void;
}
type QueueClass = new (options: object) => Queue;

const load = createRequire(import.meta.url);
const Shipped = load('kafkajs/src/network/requestQueue') as QueueClass;

function quietClass(): QueueClass {
  const Quiet = class extends (Shipped as new (options: object) => object) {} as unknown as QueueClass & {
    prototype: Queue;
  };
  quietRequestQueues(Quiet);
  return Quiet;
}

const silent = { debug: () => undefined, warn: () => undefined };

function queueOf(Class: QueueClass): {
  queue: Queue;
  sent: number[];
  push: (id: number) => void;
  answer: (id: number) => void;
} {
  const queue = new Class({
    maxInFlightRequests: 1,
    requestTimeout: 1_000,
    clientId: 'test',
    broker: 'b',
    logger: silent,
  });
  const sent: number[] = [];
  return {
    queue,
    sent,
    push: (id) =>
      queue.push({
        entry: { correlationId: id, resolve: () => undefined, reject: () => undefined },
        expectResponse: true,
        sendRequest: () => sent.push(id),
      }),
    answer: (id) => queue.fulfillRequest({ correlationId: id, payload: null, size: 0 }),
  };
}

describe('the queue of a connection', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('an idle one of kafkajs looks a thousand times a second, a quiet one never', () => {
    for (const [Class, timers] of [
      [Shipped, 1],
      [quietClass(), 0],
    ] as const) {
      const { push, answer } = queueOf(Class);
      push(1);
      answer(1);
      expect(jest.getTimerCount()).toBe(timers);
      jest.clearAllTimers();
    }
  });

  test('a waiting request is sent when its turn comes, and when a throttled time ends', () => {
    const { queue, sent, push, answer } = queueOf(quietClass());
    push(1);
    push(2);
    expect(sent).toEqual([1]);
    answer(1);
    expect(sent).toEqual([1, 2]);
    queue.maybeThrottle(500);
    answer(2);
    push(3);
    jest.advanceTimersByTime(499);
    expect(sent).toEqual([1, 2]);
    jest.advanceTimersByTime(2);
    expect(sent).toEqual([1, 2, 3]);
    answer(3);
    jest.runOnlyPendingTimers();
    expect(jest.getTimerCount()).toBe(0);
  });
});
