export { answerOf, type Answer } from './answer-of.js';
export { HubClient, type HubClientOptions } from './hub-client.js';
export { connectorName, DRIFT_LIMIT, HubServices, serviceName, type RelayOwner } from './hub-services.js';
