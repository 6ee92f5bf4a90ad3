import { readCheckpoints } from '#access';
import { TopicReader } from '#messaging-kafka';
import { eventually } from '#testing';
import { describe, expect, test } from '@jest/globals';
import { AccessUnderTest, LONG } from './access-under-test.js';

const access = new AccessUnderTest();
const { golden } = access;

describe('who may do what at golden', () => {
  test('a key opens what its roles say, until it is revoked; what is out of scope is not there', async () => {
    const [viewer, price, stock] = [
      await access.keyFor('ann', 'viewer'),
      await access.keyFor('ann', 'price-approver'),
      await access.keyFor('ben', 'stock-approver'),
    ];
    const hold = await access.openHold('scope');
    const decide = `/holds/${hold.id}/reject`;
    expect((await access.call(viewer, '/status')).status).toBe(200);
    expect(await access.call(viewer, decide, { digest: hold.digest })).toMatchObject({
      status: 403,
      body: { code: 'HUB_FORBIDDEN' },
    });
    const [unseen, unknown] = [
      await access.call(stock, decide, { digest: hold.digest }),
      await access.call(stock, '/holds/none/reject', { digest: 'd' }),
    ];
    expect([unseen.status, unseen.body['code']]).toEqual([unknown.status, unknown.body['code']]);
    expect((await access.call(stock, '/holds?state=open')).body).toEqual([]);
    expect((await access.call(stock, '/explain/price/scope-1')).status).toBe(404);
    const rejected = await access.call(price, decide, { digest: hold.digest, actor: 'somebody else' });
    expect(rejected).toMatchObject({
      status: 200,
      body: { state: 'rejected', decidedBy: expect.stringMatching(/^key:plk_/) },
    });
    const prefix = /^(plk_[\w-]{8})_/.exec(viewer)?.[1] ?? '';
    expect((await access.cli('access', 'revoke-key', prefix)).code).toBe(0);
    expect((await access.call(viewer, '/status')).status).toBe(401);
    const { out } = await access.cli('access', 'keys');
    expect(out).toContain(prefix);
    expect(out).not.toContain(viewer);
    expect(JSON.stringify(JSON.parse(out))).not.toMatch(/hash/);
  });

  test('what is large needs a second person, whoever the first pretends to be', async () => {
    const [ann, alsoAnn, ben] = [
      await access.keyFor('ann', 'approver'),
      await access.keyFor('ann', 'price-approver'),
      await access.keyFor('ben', 'approver'),
    ];
    const hold = await access.openHold('eyes');
    const path = `/holds/${hold.id}/approve`;
    const approve = (token: string, actor: string) => access.call(token, path, { digest: hold.digest, actor });
    const waits = { status: 409, body: { code: 'HUB_SECOND_PERSON_NEEDED', details: { askedBy: 'ann' } } };
    expect(await approve(ann, 'ann')).toMatchObject(waits);
    expect(await approve(ann, 'ben')).toMatchObject(waits);
    expect(await approve(alsoAnn, 'ben')).toMatchObject(waits);
    expect((await access.call(golden.token, '/holds?state=open')).body).toMatchObject([{ id: hold.id }]);
    expect(await approve(ben, 'ann')).toMatchObject({ status: 200, body: { state: 'approved' } });
    await eventually(
      async () =>
        expect((await access.call(golden.token, '/explain/price/eyes-1')).body).toMatchObject({
          fields: { amount: { value: '0' } },
        }),
      LONG,
    );
  });

  test('one key that asks too often is told when to come back; another is not held up', async () => {
    const [busy, calm] = [await access.keyFor('ann', 'viewer'), await access.keyFor('ann', 'viewer')];
    const burst = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        access.call(busy, '/status', undefined, { 'x-forwarded-for': `10.0.0.${index}` }),
      ),
    );
    expect(burst.filter(({ status }) => status === 200)).toHaveLength(40);
    const refused = burst.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(20);
    expect(Number(refused[0]?.retryAfter)).toBeGreaterThan(0);
    expect((await access.call(calm, '/status')).status).toBe(200);
    expect((await access.call(golden.token, '/status')).status).toBe(200);
  });

  describe('the audit', () => {
    const published = async () => {
      const reader = new TopicReader(golden.connection);
      try {
        return (await readCheckpoints(reader, golden.codec, golden.prefix)).get('golden') ?? [];
      } finally {
        await reader.close();
      }
    };
    const verify = async () => {
      const { code, out } = await access.cli('audit', 'verify');
      const { services } = JSON.parse(out) as {
        readonly services: readonly {
          readonly service: string;
          readonly entries: number;
          readonly problems: readonly { readonly kind: string }[];
        }[];
      };
      const found = services.find(({ service }) => service === 'golden');
      return { code, entries: found?.entries, kinds: [...new Set(found?.problems.map(({ kind }) => kind))] };
    };
    /** What an intruder does who owns the database; all is put back afterwards. */
    const tampered = (statement: string) =>
      golden.withDatabase(async (database) => {
        await database.query('CREATE TABLE kept AS SELECT * FROM audit_chain');
        await database.query('ALTER TABLE audit_chain DISABLE TRIGGER audit_chain_grows');
        await database.query(statement);
        const report = await verify();
        await database.query('DELETE FROM audit_chain');
        await database.query('INSERT INTO audit_chain SELECT * FROM kept');
        await database.query('DROP TABLE kept');
        await database.query('ALTER TABLE audit_chain ENABLE TRIGGER audit_chain_grows');
        return report;
      });

    test('has each act with who, what and how it ended, and is whole', async () => {
      const acts = await golden.withDatabase((database) =>
        database.query<{ act: string }>(
          `SELECT concat_ws(' ', verb, phase, outcome) AS act FROM audit_chain WHERE target LIKE '%/approve' ORDER BY seq`,
        ),
      );
      const waited = ['approve asked asked', 'approve ended HUB_SECOND_PERSON_NEEDED'];
      expect(acts.map(({ act }) => act)).toEqual([
        ...waited,
        ...waited,
        ...waited,
        'approve asked asked',
        'approve ended done',
      ]);
      const head = await golden.withDatabase((database) =>
        database.query<{ seq: string }>('SELECT max(seq) AS seq FROM audit_chain'),
      );
      await eventually(
        async () => expect((await published()).map(({ seq }) => String(seq))).toContain(head[0]?.seq),
        LONG,
      );
      expect(await verify()).toEqual({ code: 0, entries: Number(head[0]?.seq), kinds: [] });
    });

    test('has who made and revoked keys', async () => {
      const { out } = await access.cli('audit', 'verify');
      const { services } = JSON.parse(out) as { readonly services: readonly object[] };
      // eight keys were made and one was revoked, each kept before and after
      expect(services[0]).toMatchObject({ service: 'access', entries: 18, problems: [] });
    });

    test.each([
      ['an edited actor', `UPDATE audit_chain SET actor = 'somebody else' WHERE seq = 2`, ['edited']],
      ['a deleted entry', 'DELETE FROM audit_chain WHERE seq = 2', ['missing', 'unlinked']],
      ['a cut tail', 'DELETE FROM audit_chain WHERE seq = (SELECT max(seq) FROM audit_chain)', ['cut']],
      ['an emptied table', 'TRUNCATE audit_chain', ['cut']],
    ])('%s is found', async (_name, statement, kinds) => {
      const report = await tampered(statement);
      expect(report.code).toBe(1);
      expect(report.kinds).toEqual(expect.arrayContaining(kinds));
    });

    test('a tail that was cut and written anew by the hub itself is found', async () => {
      await golden.withDatabase(async (database) => {
        await database.query('ALTER TABLE audit_chain DISABLE TRIGGER audit_chain_grows');
        await database.query('DELETE FROM audit_chain WHERE seq > 1');
      });
      for (let act = 0; act < 12; act += 1)
        await access.call(golden.token, '/holds/none/reject', { digest: 'd', actor: 'ann' });
      expect(await verify()).toMatchObject({ code: 1, kinds: expect.arrayContaining(['rewritten']) });
    });
  });
});
