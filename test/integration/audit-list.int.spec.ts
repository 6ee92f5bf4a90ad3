import type { AuditLine, AuditPage } from '#contracts';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { AccessUnderTest } from './access-under-test.js';
import { AdminUnderTest, type Visitor } from './admin-under-test.js';

const access = new AccessUnderTest();
const admin = new AdminUnderTest(access);

describe('plumbline audit list', () => {
  let olaf: Visitor;
  let root: Visitor;
  const list = async (...flags: string[]): Promise<AuditPage> => {
    const { code, out } = await access.cli('audit', 'list', ...flags);
    expect([code, out]).toEqual([0, expect.any(String)]);
    return JSON.parse(out) as AuditPage;
  };
  const ofPage = async (query: string): Promise<AuditPage> => {
    const { status, body } = await root.get(`/api/audit?${query}`);
    expect(status).toBe(200);
    return body as unknown as AuditPage;
  };
  const places = (entries: readonly AuditLine[]): string[] => entries.map(({ service, seq }) => `${service} ${seq}`);

  beforeAll(async () => {
    root = admin.visitor();
    await root.signIn('admin', /password: (\S+) /.exec(admin.told)?.[1] ?? '');
    olaf = await admin.person('olaf', 'operator');
    const reject = { digest: 'd', reason: 'r' };
    for (const id of ['one', 'two'])
      await access.call(access.golden.token, `/holds/${id}/reject`, { ...reject, actor: 'cli:ann' });
    await olaf.post('/api/systems/erp/mode', { mode: 'write', reason: 'not mine' }); // refused, and kept
    await root.post('/api/keys', { name: 'CI', roles: ['viewer'] });
  });

  test('shows what the page shows, newest first', async () => {
    const shown = await list('--limit', '500');
    expect(shown).toEqual(await ofPage('limit=500'));
    expect(shown.entries.length).toBeGreaterThan(8);
    const times = shown.entries.map(({ at }) => at);
    expect(times).toEqual([...times].sort().reverse());
    expect(shown.services).toEqual(expect.arrayContaining(['access', 'golden', 'admin']));
  });

  test.each([
    [['--actor', 'web:olaf'], 'actor=web:olaf', ({ actor }: AuditLine) => actor === 'web:olaf'],
    [['--act', 'hold:reject'], 'resource=hold&verb=reject', ({ resource }: AuditLine) => resource === 'hold'],
    [['--act', 'access'], 'resource=access', ({ resource }: AuditLine) => resource === 'access'],
    [['--act', '*:change'], 'verb=change', ({ verb }: AuditLine) => verb === 'change'],
    [['--subject', '/holds/TWO'], 'target=/holds/TWO', ({ target }: AuditLine) => target.includes('/holds/two')],
    [['--service', 'golden'], 'service=golden', ({ service }: AuditLine) => service === 'golden'],
  ])('%j lets through what the page lets through by %s', async (flags, query, holds) => {
    const { entries } = await list(...flags, '--limit', '500');
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.filter((entry) => !holds(entry))).toEqual([]);
    expect(entries).toEqual((await ofPage(`${query}&limit=500`)).entries);
  });

  test('is limited to a time: at or after, and before', async () => {
    const { entries } = await list('--limit', '500');
    const [newest, oldest] = [entries[0], entries.at(-1)];
    if (!newest || !oldest) throw new Error('nothing is kept');
    expect((await list('--since', newest.at)).entries).toEqual(entries.filter(({ at }) => at >= newest.at));
    expect(places((await list('--until', oldest.at)).entries)).toEqual([]);
    expect(places((await list('--since', oldest.at, '--until', newest.at, '--limit', '500')).entries)).toEqual(
      places(entries.filter(({ at }) => at < newest.at)),
    );
    expect((await list('--since', '1h', '--limit', '500')).entries).toHaveLength(entries.length);
  });

  test('goes on where the list before ended, each entry once', async () => {
    const seen: string[] = [];
    let before: readonly string[] = [];
    for (;;) {
      const { entries, next } = await list('--limit', '3', ...before);
      seen.push(...places(entries));
      if (next === null) break;
      before = ['--before', next];
    }
    expect(seen).toEqual(places((await list('--limit', '500')).entries));
  });
});
