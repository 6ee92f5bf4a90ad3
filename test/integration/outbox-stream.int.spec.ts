import { describe, expect, test } from '@jest/globals';
import { HubError, systemClock } from '#kernel';
import type { OutboxRow } from '#outbox';
import { writeLate } from '../harness/late-writers.js';
import { aMessage, eventually, StreamPlace, textOf } from './outbox-stream-place.js';

const place = new StreamPlace();

describe('the streaming reader', () => {
  test('brings what is committed, byte for byte', async () => {
    const log: OutboxRow[] = [];
    place.startRelay({ publish: async (rows) => void log.push(...rows) });
    await place.untilStreaming();
    await place.append(aMessage('warm', 'up'));
    await place.untilDrained();
    await place.append(aMessage('kü', '日本'), aMessage('k', ''));
    await eventually(async () => expect(log).toHaveLength(3));
    expect(log.slice(1).map(({ sequence: _, ...row }) => row)).toMatchObject([
      aMessage('kü', '日本'),
      aMessage('k', ''),
    ]);
    await place.untilDrained();
  });

  test('with late commits, two relays and a failing publisher: nothing is lost, each key keeps its order and ends with its newest', async () => {
    const log: OutboxRow[] = [];
    let calls = 0;
    const publisher = {
      publish: async (rows: readonly OutboxRow[]): Promise<void> => {
        calls += 1;
        if (calls % 9 === 0) throw new HubError('HUB_BROKER_UNREACHABLE', 'planted before');
        log.push(...rows.map((row) => ({ ...row, value: Buffer.from(row.value) })));
        if (calls % 14 === 0) throw new HubError('HUB_BROKER_UNREACHABLE', 'planted after');
      },
    };
    place.startRelay(publisher);
    place.startRelay(publisher);
    await place.untilStreaming();
    await Promise.all([0, 1, 2, 3, 4, 5].map((writer) => write(writer, 40)));
    await place.untilDrained();
    for (const key of ['k0', 'k1', 'k2']) {
      const values = log.filter((row) => row.key === key).map((row) => Number(textOf(row)));
      expect([...new Set(values)]).toEqual(Array.from({ length: 80 }, (_, index) => index));
      expect(values.at(-1)).toBe(79);
    }
  });

  test('confirms nothing before the broker has it, and everything after', async () => {
    let release = (): void => undefined;
    const publishing = new Promise<void>((resolve) => (release = resolve));
    place.startRelay({ publish: () => publishing });
    await place.untilStreaming();
    const [before] = await place.slots();
    await place.append(aMessage('k', '1'));
    const [{ lsn } = { lsn: '0' }] = await place.database.query<{ lsn: string }>(
      `SELECT (pg_current_wal_insert_lsn() - '0/0')::text AS lsn`,
    );
    await systemClock.sleep(6_000); // a status is sent every five seconds
    expect(BigInt((await place.slots())[0]?.confirmed ?? 0)).toBeLessThan(BigInt(lsn));
    expect(before).toBeDefined();
    release();
    await place.untilDrained();
    await eventually(async () =>
      expect(BigInt((await place.slots())[0]?.confirmed ?? 0)).toBeGreaterThanOrEqual(BigInt(lsn)),
    );
  });

  test('rows that the stream does not bring, whatever the reason, are noticed and come from the table', async () => {
    const log: string[] = [];
    place.startRelay({ publish: async (rows) => void log.push(...rows.map(textOf)) });
    await place.untilStreaming();
    await place.append(aMessage('k', '1'));
    await place.untilDrained();
    const [slot] = await place.slots();
    await place.database.query(`ALTER PUBLICATION "${slot?.name}" DROP TABLE "${place.schema}".outbox`);
    await place.append(aMessage('k', '2'));
    await place.untilDrained();
    expect(log).toEqual(['1', '2']);
  });
});

function write(writer: number, transactions: number): Promise<void> {
  return writeLate(place.database, { writer, transactions, lateMs: 20, toMessage: aMessage });
}
