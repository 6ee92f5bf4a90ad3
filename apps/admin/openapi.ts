import type { Type } from '@nestjs/common';
import { describeApi, HEALTH_OPERATIONS, HealthController, type OpenApiDocument } from '#observability';
import { OPERATIONS } from './operations.js';

/** The page's API, with the routes that every app has. @throws HubError HUB_INVARIANT_BROKEN where routes and `operations.ts` differ */
export function describeAdmin(controllers: readonly Type[]): OpenApiDocument {
  return describeApi({
    title: 'Plumbline admin API',
    controllers: [...controllers, HealthController],
    operations: { ...OPERATIONS, ...HEALTH_OPERATIONS },
    session: { cookie: 'plumbline_session', header: 'x-csrf-token', below: '/api/' },
  });
}
