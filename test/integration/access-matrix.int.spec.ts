import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Controller, Get, type Type } from '@nestjs/common';
import { BUILT_IN_ROLES, declaredRoutes, undeclaredRoutes, type Authenticator, type DeclaredRoute } from '#auth';
import { silentLogger } from '#kernel';
import { createMetrics, serveHttpApp, type RunningApp } from '#observability';
import { findControllers, UnwiredModule } from './found-controllers.js';

const ROLES = ['viewer', 'operator', 'data', 'approver', 'admin'] as const;

/** What the matrix must be: read it when it changes. A dot: refused. */
const EXPECTED = `
GET  /api/approvals                  approval:read    viewer operator data approver admin
GET  /api/asyncapi.yaml              topic:read       viewer operator data approver admin
GET  /api/audit                      audit:read       . . . approver admin
GET  /api/audit/:service/:seq        audit:read       . . . approver admin
GET  /api/audit/export.csv           audit:export     . . . . admin
GET  /api/audit/verify               audit:read       . . . approver admin
GET  /api/batches                    batch:read       viewer operator data approver admin
GET  /api/dead-letters               dead-letter:read viewer operator data approver admin
GET  /api/dead-letters/:id           dead-letter:read viewer operator data approver admin
GET  /api/dead-letters/groups        dead-letter:read viewer operator data approver admin
GET  /api/dead-letters/sending       dead-letter:read viewer operator data approver admin
GET  /api/find                       record:read      viewer operator data approver admin
GET  /api/groups                     replay:read      viewer operator data approver admin
GET  /api/holds/:kind/:id            hold:read        viewer operator data approver admin
GET  /api/keys                       access:read      . . . . admin
GET  /api/live                       status:read      viewer operator data approver admin
GET  /api/openapi.json               schema:read      viewer operator data approver admin
GET  /api/overview                   status:read      viewer operator data approver admin
GET  /api/parked/:service            outbox:read      viewer operator data approver admin
GET  /api/provider/callback          open             viewer operator data approver admin
GET  /api/provider/sign-in           open             viewer operator data approver admin
GET  /api/records/:entity/:key       record:read      viewer operator data approver admin
GET  /api/records/:entity/:key/as-of record:read      viewer operator data approver admin
GET  /api/records/:entity/:key/related record:read      viewer operator data approver admin
GET  /api/records/:entity/:key/timeline record:read      viewer operator data approver admin
GET  /api/replays                    replay:read      viewer operator data approver admin
GET  /api/replays/:id                replay:read      viewer operator data approver admin
GET  /api/reverts/:id                revert:read      viewer operator data approver admin
GET  /api/reverts/:id/items          revert:read      viewer operator data approver admin
GET  /api/rounds                     round:read       viewer operator data approver admin
GET  /api/rounds/:id                 round:read       viewer operator data approver admin
GET  /api/schemas                    schema:read      viewer operator data approver admin
GET  /api/schemas/:type              schema:read      viewer operator data approver admin
GET  /api/schemas/:type/changes      schema:read      viewer operator data approver admin
GET  /api/seeds                      seed:read        viewer operator data approver admin
GET  /api/seeds/:id                  seed:read        viewer operator data approver admin
GET  /api/seeds/certificates         seed:read        viewer operator data approver admin
GET  /api/seeds/certificates/:id     seed:read        viewer operator data approver admin
GET  /api/seeds/stores               seed:read        viewer operator data approver admin
GET  /api/session                    open             . . . . .
GET  /api/settings                   settings:read    viewer operator data approver admin
GET  /api/sign-in                    open             viewer operator data approver admin
GET  /api/systems/:system/plan       plan:read        viewer operator data approver admin
GET  /api/systems/:system/restored   restored:read    viewer operator data approver admin
GET  /api/topics                     topic:read       viewer operator data approver admin
GET  /api/topics/:topic              topic:read       viewer operator data approver admin
GET  /api/topics/:topic/consumers    topic:read       viewer operator data approver admin
GET  /api/topics/:topic/messages     topic:read       viewer operator data approver admin
GET  /api/trend                      status:read      viewer operator data approver admin
GET  /approvals                      approval:read    viewer operator data approver admin
GET  /approvals                      approval:read    viewer operator data approver admin
GET  /as-of/:entity/:key             record:read      viewer operator data approver admin
GET  /batches                        batch:read       viewer operator data approver admin
GET  /drift                          drift:read       viewer operator data approver admin
GET  /explain/:entity/:key           record:read      viewer operator data approver admin
GET  /feeds                          record:read      viewer operator data approver admin
GET  /feeds/:entity                  record:export    . . data . admin
GET  /feeds/:entity/:name            record:export    . . data . admin
GET  /feeds/:entity/:name/archive/:number record:export    . . data . admin
GET  /feeds/:entity/archive/:number  record:export    . . data . admin
GET  /health/live                    open             viewer operator data approver admin
GET  /health/ready                   status:read      viewer operator data approver admin
GET  /holds                          hold:read        viewer operator data approver admin
GET  /holds                          hold:read        viewer operator data approver admin
GET  /keys/:entity                   record:read      viewer operator data approver admin
GET  /metrics                        metrics:read     viewer operator data approver admin
GET  /mirror/:entity/:key            record:read      viewer operator data approver admin
GET  /openapi.json                   schema:read      viewer operator data approver admin
GET  /outbox/parked                  outbox:read      viewer operator data approver admin
GET  /plan                           plan:read        viewer operator data approver admin
GET  /records                        record:read      viewer operator data approver admin
GET  /report                         drift:read       viewer operator data approver admin
GET  /report.csv                     drift:export     . . data . admin
GET  /report.html                    drift:read       viewer operator data approver admin
GET  /restored                       restored:read    viewer operator data approver admin
GET  /reverts/:id                    revert:read      viewer operator data approver admin
GET  /reverts/:id/items              revert:read      viewer operator data approver admin
GET  /rounds                         round:read       viewer operator data approver admin
GET  /rounds/:id                     round:read       viewer operator data approver admin
GET  /rounds/:id/attribution         drift:read       viewer operator data approver admin
GET  /rounds/:id/drift               drift:read       viewer operator data approver admin
GET  /scans                          plan:read        viewer operator data approver admin
GET  /source/:entity                 record:export    . . data . admin
GET  /status                         status:read      viewer operator data approver admin
GET  /status                         status:read      viewer operator data approver admin
GET  /timeline/:entity/:key          record:read      viewer operator data approver admin
GET  /versions/:entity/:key          record:read      viewer operator data approver admin
GET  /webhooks                       webhook:read     viewer operator data approver admin
POST /api/dead-letters/:id/edit      dead-letter:change . operator . . admin
POST /api/dead-letters/:id/edit/plan dead-letter:plan . operator . . admin
POST /api/dead-letters/:id/note      dead-letter:change . operator . . admin
POST /api/dead-letters/discard       dead-letter:reject . operator . . admin
POST /api/dead-letters/plan          dead-letter:plan . operator . . admin
POST /api/dead-letters/retry         dead-letter:release . operator . . admin
POST /api/holds/:kind/:id/approve    hold:approve     . . . approver admin
POST /api/holds/:kind/:id/reject     hold:reject      . operator . approver admin
POST /api/keys                       access:change    . . . . admin
POST /api/keys/:prefix/revoke        access:change    . . . . admin
POST /api/login                      open             viewer operator data approver admin
POST /api/logout                     open             . . . . .
POST /api/offsets/plan               replay:plan      . operator data . admin
POST /api/offsets/reset              replay:start     . . data . admin
POST /api/offsets/undo               replay:start     . . data . admin
POST /api/offsets/undo/plan          replay:plan      . operator data . admin
POST /api/parked/:service/release    outbox:release   . operator . . admin
POST /api/replays                    replay:start     . . data . admin
POST /api/replays/:id/abort          replay:start     . . data . admin
POST /api/replays/:id/pause          replay:start     . . data . admin
POST /api/replays/:id/resume         replay:start     . . data . admin
POST /api/replays/plan               replay:plan      . operator data . admin
POST /api/reverts                    revert:plan      . operator . approver admin
POST /api/reverts/:id/apply          revert:approve   . . . approver admin
POST /api/rounds                     round:start      . operator . . admin
POST /api/schemas/:type/check        schema:plan      . . data . admin
POST /api/seeds                      seed:start       . . data . admin
POST /api/seeds/:id/abort            seed:start       . . data . admin
POST /api/seeds/plan                 seed:plan        . . data . admin
POST /api/systems/:system/check      system:start     . operator . . admin
POST /api/systems/:system/mode       mode:change      . . . . admin
POST /api/systems/:system/restored   restored:approve . . . approver admin
POST /api/webhooks/:name/resend      webhook:release  . operator . . admin
POST /check                          system:start     . operator . . admin
POST /holds/:id/approve              hold:approve     . . . approver admin
POST /holds/:id/approve              hold:approve     . . . approver admin
POST /holds/:id/reject               hold:reject      . operator . approver admin
POST /holds/:id/reject               hold:reject      . operator . approver admin
POST /mode                           mode:change      . . . . admin
POST /outbox/parked/release          outbox:release   . operator . . admin
POST /restored                       restored:approve . . . approver admin
POST /reverts                        revert:plan      . operator . approver admin
POST /reverts/:id/apply              revert:approve   . . . approver admin
POST /rounds                         round:start      . operator . . admin
POST /webhook                        open             viewer operator data approver admin
POST /webhooks/:name/resend          webhook:release  . operator . . admin`;

@Controller()
class PlantedController {
  @Get('planted')
  planted(): string {
    return 'nobody said who may call this';
  }
}

/** A route, and the controller that has it: several apps have one of the same name. */
type Route = DeclaredRoute & { readonly of: Type };

/** A token of the test is the name of a role. */
const authenticator: Authenticator = {
  authenticate: async (token) => {
    const isRole = Object.hasOwn(BUILT_IN_ROLES, token) || token === 'nothing';
    return isRole ? { subject: token, name: token, kind: 'person', roles: [token] } : null;
  },
};

describe('route × role', () => {
  let all: readonly Type[];
  const apps = new Map<Type, RunningApp>();
  beforeAll(async () => {
    all = await findControllers(['apps', 'libs', 'connectors']);
    for (const one of [...all, PlantedController]) {
      if (declaredRoutes(one).length === 0) continue;
      const options = { host: '127.0.0.1', port: 0, token: 'unused-here-at-all', logger: silentLogger, ready: {} };
      const metrics = createMetrics({ processMetrics: false });
      const access = { authenticator, roles: BUILT_IN_ROLES };
      apps.set(one, await serveHttpApp(UnwiredModule.of([one]), { ...options, metrics, access }));
    }
  });
  afterAll(async () => {
    for (const app of apps.values()) await app.close();
  });

  const statusOf = async ({ of, method, path }: Route, token: string): Promise<number> => {
    const url = `${apps.get(of)?.url}${path.replaceAll(/:\w+/g, 'x')}`;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(url, { method, headers, redirect: 'manual', ...(method === 'POST' && { body: '{}' }) });
    await answer.body?.cancel(); // a stream would never end
    return answer.status;
  };
  const routesOf = (of: Type): readonly Route[] => declaredRoutes(of).map((route) => ({ ...route, of }));
  const routes = (): readonly Route[] => all.flatMap(routesOf);

  test('every route of every app declares its permission; a planted one that does not is found, and refused', async () => {
    expect(undeclaredRoutes(all)).toEqual([]);
    expect(undeclaredRoutes([...all, PlantedController])).toEqual(['GET /planted of PlantedController']);
    const [planted] = routesOf(PlantedController);
    expect(await Promise.all(ROLES.map((role) => statusOf(planted as Route, role)))).toEqual(ROLES.map(() => 403));
  });

  test('each role reaches what the table says, and nothing else', async () => {
    const lines: string[] = [];
    for (const route of routes()) {
      const { method, path, access } = route;
      const isReached = async (role: string): Promise<string> =>
        [401, 403].includes(await statusOf(route, role)) ? '.' : role;
      const permission = access?.kind === 'permission' ? access.permission : 'open';
      const may = (await Promise.all(ROLES.map(isReached))).join(' ');
      lines.push(`${method.padEnd(4)} ${path.padEnd(31)} ${permission.padEnd(16)} ${may}`);
    }
    expect(`\n${lines.sort().join('\n')}`).toBe(EXPECTED);
  });

  test('a role that nobody defined reaches nothing but what is open; no token reaches no more', async () => {
    for (const route of routes()) {
      const isOpen = route.access?.kind === 'open';
      expect([route.path, await statusOf(route, 'nothing')]).toEqual([route.path, isOpen ? expect.any(Number) : 403]);
      expect([route.path, await statusOf(route, 'wrong')]).toEqual([route.path, isOpen ? expect.any(Number) : 401]);
    }
  });
});
