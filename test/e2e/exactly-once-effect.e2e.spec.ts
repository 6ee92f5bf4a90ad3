import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KafkaEventPublisher, type RawMessage } from '#messaging-kafka';
import { encodeHeaders } from '#outbox';
import { readTopic, readWrites } from '../faults/evidence.js';
import { waitUntilQuiet } from '../faults/quiesce.js';
import { HubUnderTest, ERP } from './hub-under-test.js';

describe('exactly-once effect', () => {
  let hub: HubUnderTest;
  const counts = async (): Promise<Record<string, number>> => ({
    versions: await hub.recordsOf(hub.topics.history('product')),
    writes: (await readWrites(hub.test)).length,
  });
  const deliverAgain = async (topic: string, messages: readonly RawMessage[]): Promise<void> => {
    const publisher = new KafkaEventPublisher(hub.test.connection);
    const rows = messages.flatMap(({ key, value, headers }, index) =>
      value ? [{ sequence: BigInt(index), topics: [topic], key, value, headers: encodeHeaders(headers) }] : [],
    );
    await publisher.publish(rows);
    await publisher.close();
    expect(await waitUntilQuiet(hub.test, { writtenAtMs: Date.now(), timeoutMs: 60_000 })).toBeNull();
  };

  beforeAll(async () => {
    hub = await HubUnderTest.start({ processes: 'one' });
    await hub.fillShop(5);
    await hub.sql(`UPDATE erp.article SET maker = 'second'`);
    await hub.untilEqual();
  });
  afterAll(() => hub.drop());

  test('one insert and one update per record', async () => {
    expect(await counts()).toEqual({ versions: 10, writes: 10 });
  });

  test('change events that are delivered again make no version and no write', async () => {
    const topic = hub.topics.change(ERP, 'product');
    await deliverAgain(topic, await readTopic(hub.test, topic));
    expect(await counts()).toEqual({ versions: 10, writes: 10 });
  });

  test('golden records of a zombie relay, older than what is stored, write nothing', async () => {
    const topic = hub.topics.golden('product');
    const all = await readTopic(hub.test, topic);
    const oldest = new Map([...all].reverse().map((message) => [message.key, message]));
    await deliverAgain(topic, [...oldest.values()]);
    expect(await counts()).toEqual({ versions: 10, writes: 10 });
    expect(await hub.test.stores.countUnequal()).toBe(0);
  });
});
