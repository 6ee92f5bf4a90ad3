import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { check } from '../faults/checker.js';
import { collectEvidence } from '../faults/evidence.js';
import type { JournalEntry } from '../faults/history.js';
import { valueOf } from '../faults/product-value.js';
import { waitUntilQuiet } from '../faults/quiesce.js';
import { HubUnderTest } from './hub-under-test.js';

const KEYS = ['A-1', 'A-2', 'A-3'];

describe('order per key', () => {
  let hub: HubUnderTest;
  const journal: JournalEntry[] = [];
  const edit = async (revision: number): Promise<void> => {
    await hub.sql('UPDATE erp.article SET weight_g = $1', [revision]);
    for (const key of KEYS) journal.push({ key, value: valueAt(key, revision), outcome: 'committed' });
  };

  beforeAll(async () => {
    hub = await HubUnderTest.start({ processes: 'each' });
    await hub.test.hub.setMode('shop', 'write');
    await hub.addArticles(KEYS.length);
    for (const [index, key] of KEYS.entries())
      journal.push({ key, value: valueAt(key, index + 1), outcome: 'committed' });
    await hub.untilEqual();
  });
  afterAll(() => hub.drop());

  test('holds on every topic although reader, relay and merger are killed between two edits', async () => {
    let isOver = false;
    const editing = (async (): Promise<void> => {
      for (let revision = 100; !isOver; revision += 1) {
        await edit(revision);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    })();
    for (const service of ['connector-erp', 'golden'] as const) {
      await hub.test.hub.processes.stop(service, 'SIGKILL');
      await hub.test.hub.processes.start(service);
    }
    isOver = true;
    await editing;
    expect(await waitUntilQuiet(hub.test, { writtenAtMs: Date.now(), timeoutMs: 60_000 })).toBeNull();
    const evidence = await collectEvidence(hub.test, { journal });
    expect(evidence.changes.length).toBeGreaterThan(10 * KEYS.length);
    expect(check(evidence)).toEqual([]);
  });
});

function valueAt(key: string, revision: number): string {
  const number = key.slice(2);
  return valueOf({ name: { de: `Titel ${number}` }, brand: `Maker ${number}`, weight: String(revision / 1000) });
}
