import { describe, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { once } from 'node:events';
import { eventPlaceOf } from '#contracts';
import { EventCodec, TopicReader, type TopicPage } from '#messaging-kafka';
import { eventually } from '#testing';
import { GoldenUnderTest } from './golden-under-test.js';
import { KafkaProxy, passOn } from './messaging-proxy.js';

const golden = new GoldenUnderTest({ throughProxy: true });
const LONG = { timeoutMs: 40_000 };

interface Seen {
  readonly sequence: bigint;
  readonly status: string;
  readonly amount: unknown;
}

describe('golden reads its state topic back', () => {
  /** Everything on the topic, by key, in its order. */
  const readTopic = async (): Promise<Map<string, Seen[]>> => {
    const seen = new Map<string, Seen[]>();
    const reader = new TopicReader(golden.connection);
    const onPage = async ({ messages }: TopicPage): Promise<void> => {
      for (const { key, value, headers } of messages) {
        const { status, fields } = new EventCodec(golden.codec).decodeGolden('price', value ?? Buffer.alloc(0));
        const sequence = eventPlaceOf(headers)?.sequence ?? 0n;
        seen.set(key, [...(seen.get(key) ?? []), { sequence, status, amount: fields['amount'] }]);
      }
    };
    await reader.readToEnd({ topic: golden.topic, from: new Map<number, bigint>(), onPage });
    await reader.close();
    return seen;
  };
  const sequences = async (key: string): Promise<bigint[]> =>
    ((await readTopic()).get(key) ?? []).map(({ sequence }) => sequence);
  const proxy = (): KafkaProxy => {
    if (!golden.proxy) throw new Error('there is no proxy');
    return golden.proxy;
  };

  test('a batch that comes late, of a changed and of a deleted record, is followed by what is current', async () => {
    const held: Buffer[] = [];
    // The network keeps the request, the relay takes it for lost and sends the rows again.
    proxy().rule = (frame) => {
      if (!frame.includes(golden.topic)) return [frame];
      held.push(Buffer.from(frame));
      proxy().rule = passOn;
      return [];
    };
    const first = ['P-1', 'P-2', 'P-3'].map((key) => ({ key, sequence: 1n, at: 1, fields: { amount: '1' } }));
    await golden.publish(first);
    await eventually(async () => expect((await readTopic()).size).toBe(3), LONG);
    await golden.publish([{ key: 'P-1', sequence: 2n, at: 2, fields: { amount: '2' } }]);
    await golden.publish([{ key: 'P-2', sequence: 2n, at: 2, status: 'deleted', fields: {} }]);
    await eventually(async () => {
      expect([await sequences('P-1'), await sequences('P-2')]).toEqual([
        [1n, 2n],
        [1n, 2n],
      ]);
    }, LONG);
    expect(held).toHaveLength(1);
    await sendLate(golden.servers.kafkaBrokers[0] ?? '', held[0] ?? Buffer.alloc(0));
    await eventually(async () => {
      const seen = await readTopic();
      expect(seen.get('P-1')?.map(({ sequence }) => sequence)).toEqual([1n, 2n, 1n, 2n]);
      expect(seen.get('P-2')?.map(({ sequence }) => sequence)).toEqual([1n, 2n, 1n, 2n]);
      expect(seen.get('P-1')?.at(-1)).toMatchObject({ status: 'live', amount: '2' });
      expect(seen.get('P-2')?.at(-1)).toMatchObject({ status: 'deleted' });
      // its late event is its row: nothing is appended
      expect(seen.get('P-3')?.map(({ sequence }) => sequence)).toEqual([1n, 1n]);
    }, LONG);
    expect(await golden.metrics.text()).toContain('plumbline_read_back_appended_total');
  }, 120_000);

  test('it goes on where it was after a restart, and appends nothing without need', async () => {
    const before = await readTopic();
    await golden.restart();
    await golden.publish([{ key: 'P-1', sequence: 3n, at: 3, fields: { amount: '3' } }]);
    await eventually(async () => expect((await sequences('P-1')).at(-1)).toBe(3n), LONG);
    // a position beyond the new event: it was read back, and its key is not suspect
    await eventually(async () => {
      const rows = await golden.withDatabase((own) =>
        own.query<{ sum: string }>(`SELECT sum(next_offset) FROM applied_offset WHERE topic = $1`, [
          `read-back/${golden.topic}`,
        ]),
      );
      const events = [...(await readTopic()).values()].flat();
      expect(Number(rows[0]?.sum)).toBe(events.length);
    }, LONG);
    const after = await readTopic();
    expect([...after.values()].flat()).toHaveLength([...before.values()].flat().length + 1);
  }, 120_000);
});

/** A Produce request is whole in itself: the broker takes it from whatever connection it comes. */
async function sendLate(broker: string, frame: Buffer): Promise<void> {
  const [host = '', port] = broker.split(':');
  const socket = connect(Number(port), host);
  socket.write(frame);
  await once(socket, 'data');
  socket.destroy();
}
