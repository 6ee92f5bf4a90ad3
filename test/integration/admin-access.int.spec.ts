import type { WaitingReport } from '#contracts';
import { describe, expect, test } from '@jest/globals';
import { KafkaGroups } from '#messaging-kafka';
import { AccessUnderTest } from './access-under-test.js';
import { AdminUnderTest, type Visitor } from './admin-under-test.js';

const access = new AccessUnderTest();
const admin = new AdminUnderTest(access);
const { golden } = access;

const passwordTold = (): string => /password: (\S+) /.exec(admin.told)?.[1] ?? '';
const firstAdmin = async (): Promise<Visitor> => {
  const visitor = admin.visitor();
  await visitor.signIn('admin', passwordTold());
  return visitor;
};

describe('signing in with a password of the page’s own', () => {
  test('the first admin’s password is told once and opens everything, with a cookie that no script can read', async () => {
    expect(admin.told.match(/password:/g)).toHaveLength(1);
    const visitor = admin.visitor();
    const { status, headers, body } = await visitor.signIn('admin', passwordTold());
    expect({ status, body }).toMatchObject({ status: 200, body: { subject: 'web:admin', roles: ['admin'] } });
    expect(body['permissions']).toEqual(expect.arrayContaining(['hold:approve', 'personal:read', 'mode:change']));
    expect(headers.get('set-cookie')).toMatch(/^plumbline_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect((await visitor.get('/api/settings')).status).toBe(200);
  });

  test('a session begins with a new token, and ends the one that the browser came with (fixation)', async () => {
    const visitor = admin.visitor();
    visitor.cookies.set('plumbline_session', 'a-token-that-somebody-else-planted-here');
    await visitor.signIn('admin', passwordTold());
    const before = visitor.cookies.get('plumbline_session') ?? '';
    expect(before).not.toContain('planted');
    await visitor.signIn('admin', passwordTold());
    expect(visitor.cookies.get('plumbline_session')).not.toBe(before);
    const thief = admin.visitor();
    thief.cookies.set('plumbline_session', before);
    expect((await thief.get('/api/session')).status).toBe(401);
  });

  test('a form of another site can neither sign in nor change anything (CSRF)', async () => {
    const fields = { name: 'admin', password: passwordTold() };
    expect(await admin.visitor().form('/api/login', fields)).toMatchObject({ status: 400 });
    const visitor = await firstAdmin();
    const stolen = { system: 'erp' };
    for (const path of ['/api/rounds', '/api/logout']) {
      expect(await visitor.form(path, stolen)).toMatchObject({ status: 401, body: { code: 'HUB_UNAUTHORISED' } });
      expect(await visitor.post(path, stolen, { 'x-csrf-token': 'guessed' })).toMatchObject({ status: 401 });
    }
    expect((await visitor.get('/api/session')).status).toBe(200);
  });

  test('signing out ends the session also for who kept the cookie', async () => {
    const visitor = await firstAdmin();
    const kept = visitor.cookies.get('plumbline_session') ?? '';
    expect(await visitor.post('/api/logout', {})).toMatchObject({ status: 200, body: { next: null } });
    visitor.cookies.set('plumbline_session', kept);
    expect((await visitor.get('/api/session')).status).toBe(401);
  });

  test('a session whose time is over, and one of somebody who was removed, opens nothing', async () => {
    const [late, gone] = [await admin.person('late', 'viewer'), await admin.person('gone', 'viewer')];
    expect((await late.get('/api/topics')).status).toBe(200);
    await admin.withDatabase((database) =>
      database.query(`UPDATE admin_session SET expires_at = clock_timestamp() WHERE subject = 'web:late'`),
    );
    expect(await late.get('/api/topics')).toMatchObject({ status: 401, body: { code: 'HUB_UNAUTHORISED' } });
    expect((await access.cli('access', 'remove-person', 'gone')).code).toBe(0);
    expect((await gone.get('/api/topics')).status).toBe(401);
    expect((await access.cli('access', 'remove-person', 'gone')).code).not.toBe(0);
  });
});

describe('what somebody may do on the page', () => {
  test('is what their roles say: refused with the permission named, as problem details', async () => {
    const viewer = await admin.person('vera', 'viewer');
    const { status, headers, body } = await viewer.post('/api/holds/live/none/approve', { digest: 'd', reason: 'r' });
    expect(status).toBe(403);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body).toMatchObject({
      ...{ type: 'urn:plumbline:error:HUB_FORBIDDEN', title: 'Forbidden', status: 403, code: 'HUB_FORBIDDEN' },
      detail: 'This needs the permission hold:approve.',
      instance: `urn:plumbline:request:${headers.get('x-request-id')}`,
    });
    expect((await viewer.get('/api/session')).body['permissions']).not.toContain('hold:approve');
  });

  test('is done at the services in their name, and not by the hub’s own right', async () => {
    const operator = await admin.person('olaf', 'operator');
    const hold = await access.openHold('name');
    const reject = { digest: hold.digest, reason: 'a broken file' };
    const path = `/api/holds/live/${hold.id}`;
    const rejected = await operator.post(`${path}/reject`, reject, { 'x-request-id': 'olafs-act' });
    expect(rejected).toMatchObject({ status: 200, body: { state: 'rejected', decidedBy: 'web:olaf' } });
    const kept = await golden.withDatabase((database) =>
      database.query(`SELECT actor, kind, phase, outcome FROM audit_chain WHERE request_id = 'olafs-act' ORDER BY seq`),
    );
    const olaf = { actor: 'web:olaf', kind: 'person' };
    const acts = [
      { ...olaf, phase: 'asked', outcome: 'asked' },
      { ...olaf, phase: 'ended', outcome: 'done' },
    ];
    expect(kept).toEqual(acts);
    const own = await admin.withDatabase((database) =>
      database.query(`SELECT actor, kind, phase, outcome FROM audit_chain WHERE request_id = 'olafs-act' ORDER BY seq`),
    );
    expect(own).toEqual(acts);
  });

  test('is within the limits of their role: the rest does not exist', async () => {
    const stock = await admin.person('stan', 'stock-approver');
    const hold = await access.openHold('scope');
    for (const answer of [
      await stock.get(`/api/holds/live/${hold.id}`),
      await stock.post(`/api/holds/live/${hold.id}/reject`, { digest: hold.digest, reason: 'r' }),
      await stock.get('/api/records/price/scope-1'),
    ])
      expect(answer).toMatchObject({ status: 404, body: { code: 'HUB_NOT_FOUND' } });
    expect(await stock.get('/api/overview')).toMatchObject({ status: 200, body: { holds: [], systems: [] } });
    expect((await stock.get('/api/topics')).body).toEqual([]);
  });

  test('what others did is shown to who may read the audit', async () => {
    const [viewer, approver] = [await admin.person('vic', 'viewer'), await admin.person('abe', 'approver')];
    const actors = async (visitor: Visitor): Promise<string[]> => {
      const { acts } = (await visitor.get('/api/settings')).body as { acts: readonly { actor: string }[] };
      return acts.map(({ actor }) => actor);
    };
    expect(await actors(viewer)).toEqual([]);
    expect(await actors(approver)).toContain('web:olaf');
  });

  test('an API key does the same without a session, and needs no CSRF token', async () => {
    const key = await access.keyFor('ann', 'viewer');
    const headers = { authorization: `Bearer ${key}` };
    expect((await admin.visitor().get('/api/topics', headers)).status).toBe(200);
    expect(await admin.visitor().post('/api/rounds', { system: 'erp' }, headers)).toMatchObject({ status: 403 });
  });
});

describe('a second person', () => {
  test('approves what the first one asked for on the page; what waits is listed until then', async () => {
    const [ann, ben, vera] = [
      await admin.person('ann', 'approver'),
      await admin.person('ben', 'approver'),
      await admin.person('stella', 'stock-approver'),
    ];
    const hold = await access.openHold('pair');
    const approve = (who: Visitor) =>
      who.post(`/api/holds/live/${hold.id}/approve`, { digest: hold.digest, reason: 'looked at it' });
    const waits = { status: 409, body: { code: 'HUB_SECOND_PERSON_NEEDED', details: { askedBy: 'web:ann' } } };
    expect(await approve(ann)).toMatchObject(waits);
    expect(await approve(ann)).toMatchObject(waits);
    const waiting = async (who: Visitor) => (await who.get('/api/approvals')).body as unknown as WaitingReport;
    expect(await waiting(ben)).toMatchObject({
      waiting: [{ service: 'golden', act: 'hold:approve', subject: hold.id, digest: hold.digest, askedBy: 'web:ann' }],
      unreachable: ['reconciler'],
    });
    expect((await waiting(vera)).waiting).toEqual([]);
    expect(await approve(ben)).toMatchObject({ status: 200, body: { state: 'approved', decidedBy: 'web:ben' } });
    expect((await waiting(ben)).waiting).toEqual([]);
  });

  test('starts the replay into a lane that the first one asked for; into a topic of its own nobody is asked', async () => {
    const [dora, dan] = [await admin.person('dora', 'data'), await admin.person('dan', 'data')];
    const { prefix, topic: source, connection, topics } = golden;
    await access.openHold('replayed');
    const group = `${prefix}warehouse`;
    await KafkaGroups.during(connection, (groups) => groups.commit(group, source, new Map([[0, 0n]])));
    const start = (who: Visitor, to: object) => who.post('/api/replays', { source, to });
    const lane = { kind: 'lane', group };
    const waits = { status: 409, body: { code: 'HUB_SECOND_PERSON_NEEDED', details: { askedBy: 'web:dora' } } };
    expect(await start(dora, lane)).toMatchObject(waits);
    expect(await start(dora, lane)).toMatchObject(waits);
    expect(await start(dan, lane)).toMatchObject({ status: 201, body: { actor: 'web:dan', target: lane } });
    expect(await start(dora, { kind: 'topic', topic: `${prefix}own` })).toMatchObject({ status: 201 });
    await topics.deleteTopics([`${prefix}own`, `${prefix}lane.warehouse.golden.price.v1`]);
  });
});

// The last one: it uses up what this address may try.
test('guessing passwords ends with 429 and when to come back, whatever address a header claims', async () => {
  const guesses = [];
  for (let guess = 0; guess < 40; guess += 1) {
    const headers = { 'x-forwarded-for': `10.0.0.${guess}` };
    guesses.push(await admin.visitor().post('/api/login', { name: 'admin', password: 'wrong' }, headers));
  }
  expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([401, 429]));
  const last = guesses.at(-1);
  expect(last).toMatchObject({ status: 429, body: { code: 'HUB_RATE_LIMITED' } });
  expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await admin.visitor().signIn('admin', passwordTold())).status).toBe(429);
});
