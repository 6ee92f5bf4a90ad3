import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Instant } from '#kernel';
import { chainEntry } from './audit-chain.js';
import type { AuditEntry, AuditEvent } from './audit-entry.js';
import { auditKeysOf } from './audit-keys.js';
import { entriesOf, type AuditStore } from './audit-store.js';
import { verifyChain } from './verify-chain.js';

/** A store under test. */
export interface AuditStoreFixture {
  readonly store: AuditStore;
  close(): Promise<void>;
}

const keys = auditKeysOf([Buffer.alloc(32, 7)]);
const at = '2026-11-26T10:00:00.123456Z' as Instant;

/** The port's rules, for every implementation. `make` opens an empty one. */
export function testAuditStore(name: string, make: () => Promise<AuditStoreFixture>): void {
  describe(`${name} as AuditStore`, () => {
    let fixture: AuditStoreFixture;
    beforeAll(async () => {
      fixture = await make();
    });
    afterAll(() => fixture.close());
    const event: AuditEvent = {
      ...{
        actor: 'ann “o’Hara”\n',
        kind: 'person',
        verb: 'approve',
        resource: 'hold',
        target: 'POST /holds/1/approve',
      },
      ...{ requestId: 'r-1', phase: 'asked', outcome: 'asked' },
    };
    const append = (requestId: string): Promise<AuditEntry> =>
      fixture.store.append((last) => chainEntry({ ...event, requestId }, { last, at, key: keys.signing }));

    test('is empty at first', async () => {
      expect(await fixture.store.findHead()).toBeNull();
      expect(await fixture.store.find(0n, 10)).toEqual([]);
    });

    test('keeps every part of an entry, and appends at once follow one another', async () => {
      const first = await append('r-0');
      await Promise.all(Array.from({ length: 20 }, (_, index) => append(`r-${index + 1}`)));
      const found = await fixture.store.find(0n, 100);
      expect(found[0]).toEqual(first);
      expect(found.map(({ seq }) => seq)).toEqual(Array.from({ length: 21 }, (_, index) => BigInt(index + 1)));
      expect(new Set(found.map(({ requestId }) => requestId)).size).toBe(21);
      const report = await verifyChain({ entries: entriesOf(fixture.store), checkpoints: [], keys });
      expect(report).toMatchObject({ entries: 21, problems: [] });
      expect(await fixture.store.findHead()).toEqual(found.at(-1));
    });

    test('an append that fails leaves nothing', async () => {
      const failing = fixture.store.append(() => {
        throw new TypeError('planted');
      });
      await expect(failing).rejects.toThrow();
      expect((await fixture.store.findHead())?.seq).toBe(21n);
    });

    test('pages begin where they are told', async () => {
      expect((await fixture.store.find(20n, 1)).map(({ seq }) => seq)).toEqual([20n]);
      expect((await fixture.store.find(20n, 10)).map(({ seq }) => seq)).toEqual([20n, 21n]);
    });
  });
}
