import { describe, expect, test } from '@jest/globals';
import { HubError } from '#kernel';
import { PostgresOutboxAppender } from '#store-postgres';
import { aMessage, eventually, StreamPlace, textOf } from './outbox-stream-place.js';

const place = new StreamPlace();

describe('the streaming reader turns from the table to the stream, and back', () => {
  test('a lost slot is made anew, and what it would have brought comes from the table, before what is newer', async () => {
    await place.leaveSlot();
    const [slot] = await place.slots();
    await place.append(aMessage('k', '1'), aMessage('l', '1'));
    await place.dropSlot(slot?.name ?? '');
    await place.append(aMessage('k', '2'));
    const log: string[] = [];
    place.startRelay({ publish: async (rows) => void log.push(...rows.map((row) => row.key + textOf(row))) });
    await place.untilStreaming();
    await place.append(aMessage('k', '3'));
    await place.untilDrained();
    expect(log).toEqual(['k1', 'l1', 'k2', 'k3']);
  });

  test('rows older than the slot that a killed relay published and did not remove stay before what is newer', async () => {
    let die = (): void => undefined;
    const killed = new Promise<void>((_, reject) => {
      die = () => reject(new HubError('HUB_BROKER_UNREACHABLE', 'killed'));
    });
    await place.append(aMessage('k', '1'));
    const first = place.startRelay({ publish: () => killed }); // makes the slot, which will never bring the row
    await place.untilStreaming();
    await place.append(aMessage('k', '2'));
    die();
    await first.stop();
    const log: string[] = [];
    place.startRelay({ publish: async (rows) => void log.push(...rows.map(textOf)) });
    await place.append(aMessage('k', '3'));
    await place.untilDrained();
    expect(log).toEqual(['1', '2', '3']);
  });

  test('after a backlog, nothing of it comes again by the stream, and a row that commits late comes before what is newer', async () => {
    await place.leaveSlot();
    let commit = (): void => undefined;
    const held = new Promise<void>((resolve) => (commit = resolve));
    let hasDrawn = (): void => undefined;
    const drawn = new Promise<void>((resolve) => (hasDrawn = resolve));
    const late = place.database.transaction(async (sql) => {
      await new PostgresOutboxAppender(sql).append([aMessage('late', 'late')]);
      hasDrawn();
      await held;
    });
    await drawn;
    for (let from = 0; from < 12_000; from += 1_000)
      await place.append(...Array.from({ length: 1_000 }, (_, index) => aMessage(`k${index}`, String(from + index))));
    const log: string[] = [];
    place.startRelay({ publish: async (rows) => void log.push(...rows.map(textOf)) });
    await eventually(async () => expect(log).toHaveLength(12_000));
    expect(await place.slots()).toEqual([expect.objectContaining({ active: false })]); // who drew a number may commit it
    commit();
    await late;
    await place.untilStreaming();
    await place.append(aMessage('late', 'newer'));
    await place.untilDrained();
    expect(log.slice(12_000)).toEqual(['late', 'newer']);
    expect(log.slice(0, 12_000)).toEqual(Array.from({ length: 12_000 }, (_, index) => String(index)));
  }, 60_000);

  test('a page that is cut by its bytes is not taken for the end of what is pending', async () => {
    await place.leaveSlot();
    const large = Array.from({ length: 9 }, (_, index) => ({
      ...aMessage('k', String(index)),
      value: Buffer.concat([Buffer.from(`\u0000${index}`), Buffer.alloc(800_000, ' ')]),
    }));
    for (const message of large) await place.append(message);
    const log: string[] = [];
    place.startRelay({ publish: async (rows) => void log.push(...rows.map((row) => textOf(row).trim())) });
    await place.untilStreaming();
    await place.append(aMessage('k', '9'));
    await place.untilDrained();
    expect(log).toEqual(Array.from({ length: 10 }, (_, index) => String(index)));
  });

  test('while another session has the slot, the leader reads the table; then it streams', async () => {
    await place.leaveSlot();
    const [slot] = await place.slots();
    const other = await place.occupy(slot?.name ?? '');
    const log: string[] = [];
    place.startRelay({ publish: async (rows) => void log.push(...rows.map(textOf)) });
    await place.append(aMessage('k', '1'));
    await place.untilDrained();
    await other.end();
    await place.untilStreaming();
    await place.append(aMessage('k', '2'));
    await place.untilDrained();
    expect(log).toEqual(['1', '2']);
  });

  test('rows that the polling reader removed meanwhile are not published again', async () => {
    await place.leaveSlot();
    await place.append(...Array.from({ length: 120 }, (_, index) => aMessage('k', String(index))));
    await place.database.query(
      'DELETE FROM outbox WHERE sequence IN (SELECT sequence FROM outbox ORDER BY sequence LIMIT 100)',
    );
    const log: string[] = [];
    place.startRelay({ publish: async (rows) => void log.push(...rows.map(textOf)) });
    await place.untilDrained();
    expect(log).toEqual(Array.from({ length: 20 }, (_, index) => String(100 + index)));
  });
});
