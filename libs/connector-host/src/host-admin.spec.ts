import { expect, test } from '@jest/globals';
import type { Connector } from '#connector-sdk';
import type { SystemMode } from '#contracts';
import { silentLogger } from '#kernel';
import type { HostContext } from './host-context.js';
import { HostAdmin, type HostAdminOptions } from './host-admin.js';
import { SwitchableConnector } from './switchable-connector.js';

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A host without entities, whose database answers a moment later. */
class Place {
  stored: SystemMode = 'observe';
  opened: SystemMode = 'observe';
  readonly admin: HostAdmin;

  constructor() {
    const open = (mode: SystemMode): Connector => {
      this.opened = mode;
      return { close: later } as unknown as Connector;
    };
    const reports = {
      findMode: () => later().then(() => ({ mode: this.stored })),
      saveMode: (mode: SystemMode) => later().then(() => void (this.stored = mode)),
    };
    const options = { reports, loops: [], connector: new SwitchableConnector(open, 'observe') };
    const context = { system: 'shop', entities: new Map(), logger: silentLogger };
    this.admin = new HostAdmin(context as unknown as HostContext, options as unknown as HostAdminOptions);
  }
}

const MODES: readonly SystemMode[] = ['observe', 'write'];
/** Every order in which three may be asked for. */
const ORDERS = MODES.flatMap((a) => MODES.flatMap((b) => MODES.map((c) => [a, b, c] as const)));

test.each(ORDERS)(
  'modes asked for at once, %s, %s and %s: connection and database end in the last',
  async (...asked) => {
    const place = new Place();
    await Promise.all(asked.map((mode) => place.admin.setMode(mode, 'ann')));
    expect([place.stored, place.opened]).toEqual([asked[2], asked[2]]);
  },
);

test.each(MODES)('a mode that another replica sets, %s, is followed', async (mode) => {
  const place = new Place();
  await place.admin.setMode(mode === 'write' ? 'observe' : 'write', 'ann');
  place.stored = mode;
  await place.admin.followMode();
  expect(place.opened).toBe(mode);
});
