export type { ApiDescription, ApiOperation, ApiOperations, ApiSession, OpenApiDocument } from './api-operation.js';
export { serveConsumerApp, type ConsumerAppOptions } from './consumer-app.js';
export { createLogger, type LogLevel } from './create-logger.js';
export { createMetrics, type MetricsOptions, type ReadableMetrics } from './create-metrics.js';
export { describeApi } from './describe-api.js';
export { describeApp, HEALTH_OPERATIONS } from './describe-app.js';
export {
  HEALTH_SOURCES,
  HealthController,
  type HealthSources,
  type ReadinessCheck,
  type ReadinessReport,
} from './health.controller.js';
export { httpStatusOf, HubErrorFilter } from './hub-error.filter.js';
export { serveHttpApp, type HttpAppOptions, type RunningApp } from './http-app.js';
export { NestLogger } from './nest-logger.js';
export { ObservabilityModule } from './observability.module.js';
export { parseRequest } from './parse-request.js';
export { PROBLEM_TYPE, type Problem } from './problem.js';
export type { ParkedRows } from './parked-rows.controller.js';
export { redactFacts, redactText } from './redaction.js';
export { exitTelling, runApp, type AppRuntime, type ConfiguredApp } from './run-app.js';
export { AnyText } from './text.guard.js';
