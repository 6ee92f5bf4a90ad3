export { HOST_API } from './host-api.js';
export type { HostSettings } from './host-context.js';
export type { ConnectorHostOptions } from './host-options.js';
export { runConnector } from './run-connector.js';
export { startConnectorHost } from './start-connector-host.js';
