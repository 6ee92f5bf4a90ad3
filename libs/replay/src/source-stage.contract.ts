import { beforeEach, describe, expect, test } from '@jest/globals';
import type { GoldenEvent } from '#contracts';
import { HubError, type BusinessKey, type ExternalId, type Instant, type SystemId } from '#kernel';
import type { NotedTopic, SourcedRecord, SourceStage, SourceWord } from './source-ports.js';

const [ERP, PIM] = ['erp', 'pim'] as unknown as readonly [SystemId, SystemId];
const NOTED: NotedTopic = {
  notedAt: '2026-11-27T10:00:00.000000Z' as Instant,
  ranges: new Map([
    [0, { low: 0n, high: 5n }],
    [1, { low: 2n, high: 9_007_199_254_740_993n }],
  ]),
};

function aWord(system: SystemId, name: string, brand = 'Acme'): SourceWord {
  const [externalId, marks] = [`${name}-1` as ExternalId, { brand: { at: NOTED.notedAt, unread: false } }];
  const accepted = { status: 'live' as const, fields: { brand }, marks };
  const contribution = { system, externalId, epoch: 1, sequence: 9_007_199_254_740_993n, accepted, rejected: {} };
  return { system, externalId, key: name as BusinessKey, contribution };
}

function aRecord(name: string, partition = 0, kind: SourcedRecord['kind'] = 'changed'): SourcedRecord {
  const event: GoldenEvent = {
    ...{ entity: 'product', key: name as BusinessKey, version: 1n, sequence: 9_007_199_254_740_993n, status: 'live' },
    ...{ policyVersion: 1, changedAt: NOTED.notedAt, merged: [], fields: { brand: 'Acme', name: { de: 'ß' } } },
    origins: { brand: { system: ERP, at: null, rule: 'owner' } },
  };
  return { partition, kind, event };
}

const keys = (...names: string[]): BusinessKey[] => names as BusinessKey[];
const keyOf = (name: string): BusinessKey => name as BusinessKey;
const ids = (...names: string[]): ExternalId[] => names as ExternalId[];

/** Every stage of what sources say keeps to this. @param makeStage an empty one */
export function testSourceStage(makeStage: () => Promise<SourceStage>): void {
  describe('a stage of what sources say', () => {
    let stage: SourceStage;
    beforeEach(async () => {
      stage = await makeStage();
      await stage.begin(NOTED);
    });

    test('goes on from the last page that was stored; a page that was stored already changes nothing', async () => {
      await stage.addPage(ERP, null, { words: [aWord(ERP, 'a')], silent: ids('x-1'), next: 'p2' });
      await stage.addPage(ERP, null, { words: [aWord(ERP, 'a', 'again')], silent: [], next: 'p9' });
      await stage.addPage(PIM, null, { words: [], silent: [], next: null });
      expect(await stage.find()).toEqual({
        noted: NOTED,
        differences: null,
        scans: [
          { system: ERP, cursor: 'p2', isEnded: false, pages: 1, records: 2, silent: 1 },
          { system: PIM, cursor: null, isEnded: true, pages: 1, records: 0, silent: 0 },
        ],
      });
      expect(await stage.findWords(keys('a', 'b'))).toEqual([aWord(ERP, 'a')]);
      expect(await stage.findSilent(ERP, ids('a-1', 'x-1', 'y-1'))).toEqual(ids('x-1'));
      expect(await stage.findSilent(PIM, ids('x-1'))).toEqual([]);
    });

    test('a record that is on two pages counts once, as it was read last', async () => {
      await stage.addPage(ERP, null, { words: [aWord(ERP, 'a', 'before')], silent: [], next: 'p2' });
      await stage.addPage(ERP, 'p2', { words: [aWord(ERP, 'a', 'after'), aWord(ERP, 'b')], silent: [], next: null });
      expect((await stage.find())?.scans).toMatchObject([{ isEnded: true, pages: 2, records: 2 }]);
      expect(await stage.findWords(keys('a'))).toEqual([aWord(ERP, 'a', 'after')]);
    });

    test('one system begins anew, the others stay', async () => {
      await stage.addPage(ERP, null, { words: [aWord(ERP, 'a')], silent: [], next: 'p2' });
      await stage.addPage(PIM, null, { words: [aWord(PIM, 'a')], silent: [], next: null });
      await stage.restart(ERP);
      expect((await stage.find())?.scans).toMatchObject([{ system: PIM }]);
      expect(await stage.findWords(keys('a'))).toEqual([aWord(PIM, 'a')]);
    });

    test('of a key the highest sequence of the topic decides; an erased one stays erased', async () => {
      await stage.addPage(ERP, null, {
        words: ['a', 'b', 'c', 'd'].map((key) => aWord(ERP, key)),
        silent: [],
        next: null,
      });
      await stage.saveCompared(
        [
          { key: keyOf('a'), sequence: 6n },
          { key: keyOf('b'), sequence: 1n },
        ],
        [aRecord('b')],
      );
      await stage.saveCompared(
        [
          { key: keyOf('a'), sequence: 5n },
          { key: keyOf('b'), sequence: null },
        ],
        [aRecord('a')],
      );
      expect(await stage.findUntold('', 10)).toEqual(keys('c', 'd'));
      expect(await stage.findUntold('', 1)).toEqual(keys('c'));
      expect(await stage.findUntold('c', 10)).toEqual(keys('d'));
      expect(await stage.findRecords(0, '', 10)).toEqual([]);
      await stage.saveCompared([{ key: keyOf('a'), sequence: 7n }], [aRecord('a')]);
      expect(await stage.findRecords(0, '', 10)).toEqual([aRecord('a')]);
    });

    test('ends with what differs, by partition in byte order', async () => {
      await stage.saveCompared([], [aRecord('b'), aRecord('a', 0, 'removed'), aRecord('c', 1, 'added')]);
      const refuse = (): never => {
        throw new HubError('HUB_SEED_DIFFERS', 'planted');
      };
      await expect(stage.finish(2, refuse)).rejects.toMatchObject({ code: 'HUB_SEED_DIFFERS' });
      expect((await stage.find())?.differences).toBeNull();
      const judged: unknown[] = [];
      await stage.finish(2, (differences) => void judged.push(differences));
      expect(judged).toEqual([(await stage.find())?.differences]);
      expect((await stage.find())?.differences).toEqual({ added: 1, changed: 1, removed: 1, keys: keys('a', 'b') });
      expect(await stage.findRecords(0, '', 10)).toEqual([aRecord('a', 0, 'removed'), aRecord('b')]);
      expect(await stage.findRecords(0, 'a', 10)).toEqual([aRecord('b')]);
      expect(await stage.findRecords(1, '', 10)).toEqual([aRecord('c', 1, 'added')]);
      expect(await stage.findDiffering(keys('a', 'c', 'z'))).toEqual(new Set(keys('a', 'c')));
    });

    test('a comparison and a seed begin anew with nothing of the one before', async () => {
      await stage.addPage(ERP, null, { words: [aWord(ERP, 'a')], silent: [], next: null });
      await stage.saveCompared([{ key: keyOf('a'), sequence: 1n }], [aRecord('a')]);
      await stage.beginComparison();
      expect([await stage.findUntold('', 9), await stage.findRecords(0, '', 9)]).toEqual([keys('a'), []]);
      await stage.finish(5, () => undefined);
      await stage.begin(NOTED);
      expect(await stage.find()).toEqual({ noted: NOTED, scans: [], differences: null });
      expect(await stage.findWords(keys('a'))).toEqual([]);
    });
  });
}
