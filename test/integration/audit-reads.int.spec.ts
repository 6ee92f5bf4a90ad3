import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AuditTrail, auditKeysOf, type AuditEvent } from '#audit';
import type { Clock } from '#kernel';
import {
  auditCursorAfter,
  CreateAccessTables,
  Database,
  PostgresAuditReads,
  PostgresAuditStore,
  type AuditCursor,
  type AuditFilter,
  type ServiceEntry,
} from '#store-postgres';
import { serverAddresses, unique } from '../harness/servers.js';

const SERVICES = ['golden', 'reconciler'] as const;
const keys = auditKeysOf([Buffer.alloc(32, 7)]);
const anEvent = (event: Partial<AuditEvent>): AuditEvent => ({
  ...{ actor: 'ada', kind: 'person', verb: 'approve', resource: 'hold', target: 'POST /holds/1/approve' },
  ...{ requestId: 'r-1', phase: 'asked', outcome: 'asked' },
  ...event,
});

describe('the audits of several services as one', () => {
  const schemas = new Map(SERVICES.map((service) => [service as string, unique(`a_${service}`)]));
  const databases: Database[] = [];
  let reads: PostgresAuditReads;
  let nowMs = Date.parse('2026-11-26T10:00:00Z');

  /** Each entry one second after the one before, in turns. */
  async function add(service: string, event: Partial<AuditEvent>): Promise<void> {
    const database = databases[SERVICES.indexOf(service as 'golden')];
    if (!database) throw new Error(`no schema of ${service}`);
    nowMs += 1_000;
    const clock = { nowMs: () => nowMs } as Clock;
    const trail = new AuditTrail({ store: new PostgresAuditStore(database), keys, clock, onEntry: () => undefined });
    await trail.record(anEvent(event));
  }
  const find = (filter: AuditFilter, before: AuditCursor = {}, limit = 100): Promise<ServiceEntry[]> =>
    reads.find(filter, before, limit);
  const places = (entries: readonly ServiceEntry[]): string[] => entries.map(({ service, seq }) => `${service} ${seq}`);

  beforeAll(async () => {
    for (const schema of schemas.values()) {
      const place = { url: serverAddresses().databaseUrl, schema, applicationName: 'audit-test', poolSize: 2 };
      const database = await Database.connect(place, [CreateAccessTables]);
      await database.migrate();
      databases.push(database);
    }
    const [first] = databases;
    if (!first) throw new Error('no database');
    reads = new PostgresAuditReads(first, new Map([...schemas, ['never-ran', unique('nothing')]]));
    for (let index = 1; index <= 6; index += 1)
      await add(SERVICES[index % 2] ?? 'golden', { requestId: `r-${index}`, actor: index === 3 ? "o'hara" : 'ada' });
    await add('golden', { requestId: 'r-2', phase: 'ended', outcome: 'done', target: 'POST /Holds/7%/approve' });
  });
  afterAll(async () => {
    for (const [index, schema] of [...schemas.values()].entries())
      await databases[index]?.query(`DROP SCHEMA "${schema}" CASCADE`);
    for (const database of databases) await database.close();
  });

  test('stand newest first, with the service; one that never ran has none', async () => {
    const found = await find({});
    expect(places(found)).toEqual([
      ...['golden 4', 'golden 3', 'reconciler 3', 'golden 2', 'reconciler 2', 'golden 1', 'reconciler 1'],
    ]);
    expect(found[0]).toMatchObject({ seq: 4n, actor: 'ada', outcome: 'done', at: '2026-11-26T10:00:07.000000Z' });
  });

  test('are read page by page, each once, whatever the pages cut', async () => {
    for (const limit of [1, 2, 3, 7]) {
      const seen: string[] = [];
      let before: AuditCursor = {};
      for (let page = await find({}, before, limit); page.length > 0; page = await find({}, before, limit)) {
        seen.push(...places(page));
        before = auditCursorAfter(page, before);
      }
      expect(seen).toEqual(places(await find({})));
    }
  });

  test('are filtered by what they say, and by nothing that a text could smuggle in', async () => {
    expect(places(await find({ actor: "o'hara" }))).toEqual(['reconciler 2']);
    expect(places(await find({ services: ['reconciler'], verb: 'approve' }))).toHaveLength(3);
    expect(places(await find({ phase: 'ended', outcome: 'done' }))).toEqual(['golden 4']);
    expect(places(await find({ requestId: 'r-2' }))).toEqual(['golden 4', 'golden 1']);
    expect(places(await find({ target: 'holds/7%' }))).toEqual(['golden 4']); // no pattern
    expect(places(await find({ from: '2026-11-26T10:00:03Z', until: '2026-11-26T10:00:05Z' }))).toEqual([
      ...['golden 2', 'reconciler 2'],
    ]);
    for (const hostile of ["' OR true --", '%', '"; DROP TABLE audit_chain']) {
      expect(await find({ actor: hostile })).toEqual([]);
      expect(await find({ services: [hostile] })).toEqual([]);
    }
  });
});
