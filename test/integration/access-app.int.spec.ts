import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Hold } from '#contracts';
import { systemClock } from '#kernel';
import { TopicReader } from '#messaging-kafka';
import { accessSchema, readCheckpoints } from '#access';
import { eventually } from '#testing';
import { runCli } from '../../apps/cli/program.js';
import { GoldenUnderTest } from './golden-under-test.js';

const LONG = { timeoutMs: 30_000 };
const golden = new GoldenUnderTest({
  access: {
    roles: {
      'price-approver': [{ permission: '*:*', scope: { entities: ['price'] } }],
      'stock-approver': [{ permission: '*:*', scope: { entities: ['stock-level'] } }],
    },
    ...{ fourEyesAbove: 1, auditsReads: false, limits: { requestsPerMinute: 40 } },
  },
  live: { toZero: { amount: { max: 0 } }, minChanged: 500 },
});

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

describe('who may do what at golden', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-access-'));
  const file = join(folder, 'hub.yaml');
  beforeAll(() =>
    writeFileSync(
      file,
      `hub: { name: test, topicPrefix: ${golden.prefix} }
systems: { erp: { connector: sql, config: {}, entities: { price: { source: p, key: [sku, currency], fields: { amount: a } } } } }
survivorship: { price: { version: 1, create: [erp], owner: { erp: [amount] } } }
access: { fourEyesAbove: 1, roles: { price-approver: { grants: '*:*', entities: price }, stock-approver: { grants: '*:*', entities: [stock-level] } } }
`,
    ),
  );
  afterAll(async () => {
    await golden.withDatabase((database) => database.query(`DROP SCHEMA "${accessSchema(golden.file)}" CASCADE`));
    rmSync(folder, { recursive: true });
  });

  const cli = async (...args: string[]): Promise<{ code: number; out: string }> => {
    let out = '';
    const { databaseUrl, kafkaBrokers, registryUrl } = golden.servers;
    const code = await runCli(['--file', file, '--json', ...args], {
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: () => undefined },
      environment: {
        ...{ PLUMBLINE_TOKEN: golden.token, PLUMBLINE_DATA_DIR: folder, DATABASE_URL: databaseUrl },
        ...{ KAFKA_BROKERS: kafkaBrokers.join(','), REGISTRY_URL: registryUrl },
      },
      ...{ clock: systemClock, ask: null },
    });
    return { code, out };
  };
  const keyFor = async (owner: string, ...roles: string[]): Promise<string> => {
    const { out } = await cli('access', 'create-key', 'test', '--owner', owner, '--expires', '1d', '--role', ...roles);
    return (JSON.parse(out) as { readonly key: string }).key;
  };
  const call = async (
    token: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const response = await fetch(`${golden.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const parsed = (await response.json()) as Answer['body'];
    return { status: response.status, retryAfter: response.headers.get('retry-after'), body: parsed };
  };
  /** Two prices that became zero at once are held. */
  const openHold = async (name: string): Promise<Hold> => {
    const keys = ['1', '2'].map((one) => `${name}-${one}`);
    await golden.publish(keys.map((key) => ({ key, sequence: 1n, at: 1, fields: { amount: '9' } })));
    await eventually(
      async () => expect((await call(golden.token, `/explain/price/${keys[1]}`)).status).toBe(200),
      LONG,
    );
    await golden.publish(keys.map((key) => ({ key, sequence: 2n, at: 2, fields: { amount: '0' } })));
    return eventually(async () => {
      const { body } = await call(golden.token, '/holds?state=open');
      const hold = (body as unknown as Hold[]).find(({ samples }) => samples.some((key) => key.startsWith(name)));
      if (!hold) throw new Error('nothing is held yet');
      return hold;
    }, LONG);
  };

  test('a key opens what its roles say, until it is revoked; what is out of scope is not there', async () => {
    const [viewer, price, stock] = [
      await keyFor('ann', 'viewer'),
      await keyFor('ann', 'price-approver'),
      await keyFor('ben', 'stock-approver'),
    ];
    const hold = await openHold('scope');
    const decide = `/holds/${hold.id}/reject`;
    expect((await call(viewer, '/status')).status).toBe(200);
    expect(await call(viewer, decide, { digest: hold.digest })).toMatchObject({
      status: 403,
      body: { code: 'HUB_FORBIDDEN' },
    });
    const [unseen, unknown] = [
      await call(stock, decide, { digest: hold.digest }),
      await call(stock, '/holds/none/reject', { digest: 'd' }),
    ];
    expect([unseen.status, unseen.body['code']]).toEqual([unknown.status, unknown.body['code']]);
    expect((await call(stock, '/holds?state=open')).body).toEqual([]);
    expect((await call(stock, '/explain/price/scope-1')).status).toBe(404);
    const rejected = await call(price, decide, { digest: hold.digest, actor: 'somebody else' });
    expect(rejected).toMatchObject({
      status: 200,
      body: { state: 'rejected', decidedBy: expect.stringMatching(/^key:plk_/) },
    });
    const prefix = /^(plk_[\w-]{8})_/.exec(viewer)?.[1] ?? '';
    expect((await cli('access', 'revoke-key', prefix)).code).toBe(0);
    expect((await call(viewer, '/status')).status).toBe(401);
    const { out } = await cli('access', 'keys');
    expect(out).toContain(prefix);
    expect(out).not.toContain(viewer);
    expect(JSON.stringify(JSON.parse(out))).not.toMatch(/hash/);
  });

  test('what is large needs a second person, whoever the first pretends to be', async () => {
    const [ann, alsoAnn, ben] = [
      await keyFor('ann', 'approver'),
      await keyFor('ann', 'price-approver'),
      await keyFor('ben', 'approver'),
    ];
    const hold = await openHold('eyes');
    const path = `/holds/${hold.id}/approve`;
    const approve = (token: string, actor: string) => call(token, path, { digest: hold.digest, actor });
    const waits = { status: 409, body: { code: 'HUB_SECOND_PERSON_NEEDED', details: { askedBy: 'ann' } } };
    expect(await approve(ann, 'ann')).toMatchObject(waits);
    expect(await approve(ann, 'ben')).toMatchObject(waits);
    expect(await approve(alsoAnn, 'ben')).toMatchObject(waits);
    expect((await call(golden.token, '/holds?state=open')).body).toMatchObject([{ id: hold.id }]);
    expect(await approve(ben, 'ann')).toMatchObject({ status: 200, body: { state: 'approved' } });
    await eventually(
      async () =>
        expect((await call(golden.token, '/explain/price/eyes-1')).body).toMatchObject({
          fields: { amount: { value: '0' } },
        }),
      LONG,
    );
  });

  test('one key that asks too often is told when to come back; another is not held up', async () => {
    const [busy, calm] = [await keyFor('ann', 'viewer'), await keyFor('ann', 'viewer')];
    const burst = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        call(busy, '/status', undefined, { 'x-forwarded-for': `10.0.0.${index}` }),
      ),
    );
    expect(burst.filter(({ status }) => status === 200)).toHaveLength(40);
    const refused = burst.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(20);
    expect(Number(refused[0]?.retryAfter)).toBeGreaterThan(0);
    expect((await call(calm, '/status')).status).toBe(200);
    expect((await call(golden.token, '/status')).status).toBe(200);
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
      const { code, out } = await cli('audit', 'verify');
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
      const { out } = await cli('audit', 'verify');
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
        await call(golden.token, '/holds/none/reject', { digest: 'd', actor: 'ann' });
      expect(await verify()).toMatchObject({ code: 1, kinds: expect.arrayContaining(['rewritten']) });
    });
  });
});
