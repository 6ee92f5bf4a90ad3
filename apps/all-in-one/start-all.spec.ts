import { expect, test } from '@jest/globals';
import { startAll, type Service } from './start-all.js';

function recording(
  events: string[],
  failing: { readonly start?: string; readonly close?: string } = {},
): (name: string) => Service {
  return (name) => ({
    name,
    start: async () => {
      if (failing.start === name) throw new Error(`${name} can't start`);
      events.push(`start ${name}`);
      const close = (): Promise<void> => {
        events.push(`close ${name}`);
        return failing.close === name ? Promise.reject(new Error(`${name} can't close`)) : Promise.resolve();
      };
      return Promise.resolve({ url: `http://${name}`, close });
    },
  });
}

test('starts in order, closes in reverse', async () => {
  const events: string[] = [];
  const hub = await startAll(['a', 'b'].map(recording(events)), (name) => events.push(`tell ${name}`));
  await hub.close();
  expect(hub.services).toEqual([
    { name: 'a', url: 'http://a' },
    { name: 'b', url: 'http://b' },
  ]);
  expect(events).toEqual(['tell a', 'start a', 'tell b', 'start b', 'close b', 'close a']);
});

test('closes what runs when one fails to start, and tells that error', async () => {
  const events: string[] = [];
  const services = ['a', 'b', 'c'].map(recording(events, { start: 'c', close: 'b' }));
  await expect(startAll(services, () => undefined)).rejects.toThrow("c can't start");
  expect(events).toEqual(['start a', 'start b', 'close b', 'close a']);
});

test('one that fails to close hinders no other', async () => {
  const events: string[] = [];
  const hub = await startAll(['a', 'b'].map(recording(events, { close: 'b' })), () => undefined);
  await expect(hub.close()).rejects.toThrow("b can't close");
  expect(events.at(-1)).toBe('close a');
});
