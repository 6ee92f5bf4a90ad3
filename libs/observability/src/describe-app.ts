import type { ApiDescription, ApiOperations, OpenApiDocument } from './api-operation.js';
import { describeApi } from './describe-api.js';
import { HealthController } from './health.controller.js';
import { OpenApiController } from './openapi.controller.js';
import { ParkedRowsController, parkedQuery, releaseParkedBody } from './parked-rows.controller.js';

/** Health and metrics, which every app has. */
export const HEALTH_OPERATIONS: ApiOperations = {
  'GET /health/live': { summary: 'Whether the process answers.' },
  'GET /health/ready': {
    summary: 'Whether everything answers that the app needs.',
    answers: { 503: 'Something that the app needs does not answer: the checks say what.' },
  },
  'GET /metrics': { summary: 'Metrics in the text format of Prometheus.' },
};
const OPENAPI_OPERATIONS: ApiOperations = { 'GET /openapi.json': { summary: 'This document.' } };
const PARKED_OPERATIONS: ApiOperations = {
  'GET /outbox/parked': { summary: 'Keys whose events no broker took.', query: parkedQuery },
  'POST /outbox/parked/release': { summary: 'Sends them again, in order.', body: releaseParkedBody },
};

/** The API of an app with the routes that `serveHttpApp` adds to its own. @throws HubError HUB_INVARIANT_BROKEN as {@link describeApi} */
export function describeApp(api: ApiDescription, { hasParked }: { readonly hasParked: boolean }): OpenApiDocument {
  const { controllers, operations } = api;
  return describeApi({
    ...api,
    controllers: [...controllers, HealthController, OpenApiController, ...(hasParked ? [ParkedRowsController] : [])],
    operations: { ...operations, ...HEALTH_OPERATIONS, ...OPENAPI_OPERATIONS, ...(hasParked && PARKED_OPERATIONS) },
  });
}
