export { serveConsumerApp, type ConsumerAppOptions } from './consumer-app.js';
export { createLogger, type LogLevel } from './create-logger.js';
export { createMetrics, type MetricsOptions, type ReadableMetrics } from './create-metrics.js';
export { HEALTH_SOURCES, type HealthSources, type ReadinessCheck, type ReadinessReport } from './health.controller.js';
export { httpStatusOf, HubErrorFilter, type ErrorBody } from './hub-error.filter.js';
export { serveHttpApp, type HttpAppOptions, type RunningApp } from './http-app.js';
export { NestLogger } from './nest-logger.js';
export { ObservabilityModule } from './observability.module.js';
export { redactText } from './redaction.js';
