import { expect, test } from '@jest/globals';
import type { Connector, FetchResult } from '#connector-sdk';
import type { SystemMode } from '#contracts';
import { SwitchableConnector } from './switchable-connector.js';

/** Reads twice for each call, as a pool's user does: behind `close` the second time fails. */
class TwoStep {
  isClosed = false;
  readonly read: (() => void)[] = [];

  constructor(readonly mode: SystemMode) {}

  async fetch(): Promise<FetchResult> {
    await new Promise<void>((resolve) => this.read.push(resolve));
    if (this.isClosed) throw new Error('Cannot use a pool after calling end on the pool');
    return { records: [], rejected: [] };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

const opened: TwoStep[] = [];
const open = (mode: SystemMode): Connector => {
  const connector = new TwoStep(mode);
  opened.push(connector);
  return connector as unknown as Connector;
};

const finish = (connector: number, call: number): void => opened[connector]?.read[call]?.();
const closed = (): boolean[] => opened.map(({ isClosed }) => isClosed);

test('calls in flight end on the connection that they began on, which is closed behind the last; new ones take the new one', async () => {
  const switchable = new SwitchableConnector(open, 'observe');
  const fetch = (): Promise<FetchResult> => switchable.fetch('product', { by: 'externalId', ids: [] });
  const before = [fetch(), fetch()];
  const switched = switchable.switchTo('write');
  const after = fetch();
  expect(opened.map(({ mode, read }) => [mode, read.length])).toEqual([
    ['observe', 2],
    ['write', 1],
  ]);
  finish(0, 0);
  await before[0];
  expect(closed()).toEqual([false, false]);
  finish(0, 1);
  expect(await Promise.all(before)).toHaveLength(2);
  await switched;
  expect(closed()).toEqual([true, false]);
  finish(1, 0);
  await after;
  await switchable.switchTo('write'); // nothing to do
  expect(opened).toHaveLength(2);
  await switchable.switchTo('observe');
  expect(closed()).toEqual([true, true, false]);
});
