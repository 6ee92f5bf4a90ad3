import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Clock } from '#kernel';
import type { Principal } from './principal.js';
import { assertSecondPerson, FourEyes, type ApprovalStore } from './second-person.js';

const START_MS = Date.parse('2026-11-26T10:00:00Z');
const DAY_MS = 24 * 60 * 60_000;
const person = (subject: string, owner?: string): Principal => ({
  ...{ subject, name: subject, kind: owner === undefined ? 'person' : 'apiKey', roles: ['approver'] },
  ...(owner !== undefined && { owner }),
});
const [ann, ben] = [person('ann'), person('ben')];
const request = { act: 'hold:approve', subject: "h'1", digest: 'd1' };

/** The rule of the second person over every store. `make` opens an empty one. */
export function testSecondPerson(
  name: string,
  make: () => Promise<{ readonly store: ApprovalStore; readonly close: () => Promise<void> }>,
): void {
  describe(`a second person, in ${name}`, () => {
    let nowMs = START_MS;
    let store: ApprovalStore;
    let close: () => Promise<void>;
    const clock: Clock = { nowMs: () => nowMs, sleep: () => Promise.resolve() };
    const ask = (who: Principal, what = request): Promise<string> =>
      assertSecondPerson(what, who, { store, clock }).then(
        () => 'passes',
        (error: { code: string }) => error.code,
      );
    beforeEach(async () => {
      nowMs = START_MS;
      ({ store, close } = await make());
    });
    afterEach(() => close());

    test('one person is never two, however often they ask', async () => {
      expect([await ask(ann), await ask(ann)]).toEqual(['HUB_SECOND_PERSON_NEEDED', 'HUB_SECOND_PERSON_NEEDED']);
      expect(await ask(ben)).toBe('passes');
    });

    test('two keys of one owner are one person, and so is a key and its owner', async () => {
      expect(await ask(person('key:a', 'ann'))).toBe('HUB_SECOND_PERSON_NEEDED');
      expect(await ask(person('key:b', 'ann'))).toBe('HUB_SECOND_PERSON_NEEDED');
      expect(await ask(ann)).toBe('HUB_SECOND_PERSON_NEEDED');
      expect(await ask(person('key:c', 'ben'))).toBe('passes');
    });

    test('another digest, object or act begins anew', async () => {
      await ask(ann);
      for (const other of [{ digest: 'd2' }, { subject: 'h2' }, { act: 'revert:approve' }])
        expect(await ask(ben, { ...request, ...other })).toBe('HUB_SECOND_PERSON_NEEDED');
    });

    test('a wish is forgotten after a day, and when it was acted on', async () => {
      await ask(ann);
      nowMs += DAY_MS + 1;
      expect(await ask(ben)).toBe('HUB_SECOND_PERSON_NEEDED');
      expect(await ask(ann)).toBe('passes');
      await store.settle(request);
      expect(await ask(ann)).toBe('HUB_SECOND_PERSON_NEEDED');
    });

    test('what waits is listed, the oldest first, until it is acted on or a day old', async () => {
      const eyes = new FourEyes({ store, clock, above: 1 });
      await ask(ann);
      nowMs += 1_000;
      await ask(ben, { ...request, digest: 'd2' });
      expect(await eyes.waiting()).toMatchObject([
        { ...request, askedBy: 'ann', askedAt: expect.stringMatching(/^2026-11-26T10:00:00/) },
        { digest: 'd2', askedBy: 'ben' },
      ]);
      await store.settle(request);
      expect(await eyes.waiting()).toHaveLength(1);
      nowMs += DAY_MS + 1;
      expect(await eyes.waiting()).toEqual([]);
    });

    test('of two who ask at once one is first', async () => {
      const answers = await Promise.all([ask(ann), ask(ben)]);
      expect(answers.sort()).toEqual(['HUB_SECOND_PERSON_NEEDED', 'passes']);
    });
  });
}
