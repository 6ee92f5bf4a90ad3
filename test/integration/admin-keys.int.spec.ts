import { accessSchema } from '#access';
import type { ApiKeyList, NewApiKey } from '#contracts';
import { instantOfMs, type Logger } from '#kernel';
import { describe, expect, test } from '@jest/globals';
import { AccessUnderTest } from './access-under-test.js';
import { AdminUnderTest, type Visitor } from './admin-under-test.js';

const lines: string[] = [];
const write = (facts: object, message: string): void => void lines.push(`${message} ${JSON.stringify(facts)}`);
const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };

const access = new AccessUnderTest();
const admin = new AdminUnderTest(access, () => ({ logger }));
const { golden } = access;

const boss = async (): Promise<Visitor> => {
  const visitor = admin.visitor();
  await visitor.signIn('admin', /password: (\S+) /.exec(admin.told)?.[1] ?? '');
  return visitor;
};
const wish = (more: object = {}) => ({ name: 'CI', roles: ['viewer'], ...more });
const make = async (who: Visitor, more: object = {}): Promise<NewApiKey> => {
  const { status, body } = await who.post('/api/keys', wish(more));
  expect({ status, body }).toMatchObject({ status: 201 });
  return body as unknown as NewApiKey;
};
const listed = async (who: Visitor): Promise<ApiKeyList> => (await who.get('/api/keys')).body as unknown as ApiKeyList;
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const sql = (text: string) => golden.withDatabase((database) => database.query<Record<string, unknown>>(text));
const schema = (): string => `"${accessSchema(golden.file)}"`;

describe('an API key that is made on the page', () => {
  test('opens the API and the services with the rights of its role and no more', async () => {
    const { status, headers, body } = await (await boss()).post('/api/keys', wish());
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ name: 'CI', owner: 'web:admin', roles: ['viewer'], revokedAt: null });
    const key = String(body['key']);
    expect(key).toMatch(/^plk_[\w-]{8}_[\w-]{43}$/);
    const program = admin.visitor();
    expect((await program.get('/api/topics', bearer(key))).status).toBe(200);
    expect((await access.call(key, '/status')).status).toBe(200);
    for (const path of ['/api/audit', '/api/keys'])
      expect(await program.get(path, bearer(key))).toMatchObject({ status: 403, body: { code: 'HUB_FORBIDDEN' } });
    const forbidden = { status: 403, body: { code: 'HUB_FORBIDDEN' } };
    expect(await program.post('/api/keys', wish(), bearer(key))).toMatchObject(forbidden);
    expect(await access.call(key, '/holds/none/reject', { digest: 'd' })).toMatchObject(forbidden);
  });

  test('opens nothing any more from the moment when it is revoked, and is revoked once', async () => {
    const root = await boss();
    const { key, prefix } = await make(root);
    expect((await access.call(key, '/status')).status).toBe(200);
    expect((await root.post(`/api/keys/${prefix}/revoke`, {})).status).toBe(204);
    expect((await access.call(key, '/status')).status).toBe(401);
    expect((await admin.visitor().get('/api/topics', bearer(key))).status).toBe(401);
    expect(await root.post(`/api/keys/${prefix}/revoke`, {})).toMatchObject({ status: 404 });
    expect(await root.post('/api/keys/plk_AAAAAAAA/revoke', {})).toMatchObject({ status: 404 });
    expect(await root.post('/api/keys/no-key/revoke', {})).toMatchObject({ status: 400 });
    const found = (await listed(root)).keys.find((one) => one.prefix === prefix);
    expect(found).toMatchObject({ revokedAt: expect.any(String), lastUsedAt: expect.any(String) });
  });

  test('opens nothing after its date', async () => {
    const root = await boss();
    const wanted = instantOfMs(Date.now() + 60_000);
    const { key, prefix, expiresAt } = await make(root, { expires: wanted });
    expect(expiresAt).toBe(wanted);
    expect((await access.call(key, '/status')).status).toBe(200);
    await sql(`UPDATE ${schema()}.api_key SET expires_at = clock_timestamp() WHERE prefix = '${prefix}'`);
    expect((await access.call(key, '/status')).status).toBe(401);
  });

  test.each([
    ['a role that nobody has', { roles: ['viewer', 'emperor'] }, 'Unknown role emperor'],
    ['a role of the table’s own', { roles: ['constructor'] }, 'Unknown role constructor'],
    ['no role', { roles: [] }, 'roles'],
    ['a date that is over', { expires: '2020-01-01T00:00:00Z' }, 'within 366 days'],
    ['a date too far away', { expires: '367d' }, 'within 366 days'],
    ['no date', { expires: 'for ever' }, 'within 366 days'],
    ['a name that a terminal obeys', { name: '\u001b[2J' }, 'Name and owner'],
    ['a digest of its own', { hash: 'x' }, 'hash'],
  ])('is not made with %s', async (_what, more, said) => {
    const { status, body } = await (await boss()).post('/api/keys', wish(more));
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'HUB_REQUEST_INVALID' });
    expect(body['detail']).toContain(said);
  });

  test('has no more rights than who makes it', async () => {
    const maker = await admin.person('mara', 'key-maker', 'price-approver');
    await make(maker);
    expect(await make(maker, { roles: ['viewer', 'price-approver'] })).toMatchObject({ owner: 'web:mara' });
    for (const roles of [['admin'], ['viewer', 'approver'], ['stock-approver'], ['data']])
      expect(await maker.post('/api/keys', wish({ roles }))).toMatchObject({
        status: 403,
        body: { code: 'HUB_FORBIDDEN', detail: expect.stringMatching(/^A key has no more rights than who makes it/) },
      });
    const viewer = await admin.person('vera', 'viewer');
    expect((await viewer.get('/api/keys')).status).toBe(403);
    expect((await viewer.post('/api/keys', wish())).status).toBe(403);
  });

  test('that acts for another owner needs a second person; the same wish of another admin makes it', async () => {
    const [root, zoe] = [await boss(), await admin.person('zoe', 'admin')];
    const lent = { owner: 'web:ben', roles: ['approver'] };
    const waits = { status: 409, body: { code: 'HUB_SECOND_PERSON_NEEDED', details: { askedBy: 'web:admin' } } };
    expect(await root.post('/api/keys', wish(lent))).toMatchObject(waits);
    expect(await root.post('/api/keys', wish(lent))).toMatchObject(waits);
    expect((await root.get('/api/approvals')).body['waiting']).toMatchObject([
      { service: 'admin', act: 'access:change', subject: 'create-key CI for web:ben' },
    ]);
    const other = { code: 'HUB_SECOND_PERSON_NEEDED', details: { askedBy: 'web:zoe' } };
    expect((await zoe.post('/api/keys', wish({ ...lent, expires: '91d' }))).body).toMatchObject(other);
    expect(await make(zoe, lent)).toMatchObject({ owner: 'web:ben', roles: ['approver'] });
    expect(await make(root, { owner: 'web:ben' })).toMatchObject({ roles: ['viewer'] });
    expect(await make(root, { roles: ['approver'] })).toMatchObject({ owner: 'web:admin' });
  });

  test('is the same as one of the CLI: both list and revoke both', async () => {
    const root = await boss();
    const ofPage = await make(root, { name: 'of the page' });
    const ofCli = await access.keyFor('ann', 'viewer');
    const { out } = await access.cli('access', 'keys');
    const shown = (JSON.parse(out) as Pick<ApiKeyList, 'keys'>).keys;
    const { keys, roles } = await listed(root);
    expect([...shown].reverse()).toEqual(keys);
    expect(roles).toEqual(expect.arrayContaining(['viewer', 'admin', 'price-approver']));
    expect(keys[0]?.prefix).toBe(ofCli.slice(0, 12));
    expect((await access.cli('access', 'revoke-key', ofPage.prefix)).code).toBe(0);
    expect((await access.call(ofPage.key, '/status')).status).toBe(401);
    expect((await root.post(`/api/keys/${ofCli.slice(0, 12)}/revoke`, {})).status).toBe(204);
    expect((await access.call(ofCli, '/status')).status).toBe(401);
  });

  test('is kept in the audit with who made and revoked it, and how it ended; its secret stands nowhere', async () => {
    const root = await boss();
    const id = { 'x-request-id': 'key-act' };
    const { body } = await root.post('/api/keys', wish({ name: 'audited' }), id);
    const { key, prefix } = body as unknown as NewApiKey;
    await root.post(`/api/keys/${prefix}/revoke`, {}, id);
    await root.post(`/api/keys/${prefix}/revoke`, {}, id);
    const chain = `SELECT actor, kind, target, outcome FROM ${schema()}.audit_chain WHERE request_id = 'key-act' ORDER BY seq`;
    const by = { actor: 'web:admin', kind: 'person' };
    const made = 'create-key audited for web:admin';
    expect(await sql(chain)).toEqual([
      { ...by, target: made, outcome: 'asked' },
      { ...by, target: `${made} ${prefix}`, outcome: 'done' },
      { ...by, target: `revoke-key ${prefix}`, outcome: 'asked' },
      { ...by, target: `revoke-key ${prefix}`, outcome: 'done' },
      { ...by, target: `revoke-key ${prefix}`, outcome: 'asked' },
      { ...by, target: `revoke-key ${prefix}`, outcome: 'HUB_NOT_FOUND' },
    ]);
    const audit = await root.get('/api/audit?resource=access&limit=500');
    expect(JSON.stringify(audit.body)).toContain('POST /api/keys');
    const [row] = await sql(
      `SELECT encode(hash, 'hex') AS hex, encode(hash, 'base64') AS base FROM ${schema()}.api_key WHERE prefix = '${prefix}'`,
    );
    const settings = await root.get('/api/settings');
    expect(JSON.stringify(settings.body)).toContain('key.created');
    const dump = await sql(`SELECT name, owner, prefix, roles::text FROM ${schema()}.api_key`);
    const everywhere = [audit.body, settings.body, await listed(root), await sql(chain), dump].map((one) =>
      JSON.stringify(one),
    );
    expect(lines.length).toBeGreaterThan(0);
    for (const secret of [key.slice(-43), String(row?.['hex']), String(row?.['base'])])
      for (const text of [...everywhere, ...lines]) expect(text).not.toContain(secret);
  });
});
