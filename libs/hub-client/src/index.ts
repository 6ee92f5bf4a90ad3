export { HubClient, type HubClientOptions } from './hub-client.js';
export {
  answerOf,
  connectorName,
  DRIFT_LIMIT,
  HubServices,
  serviceName,
  type Answer,
  type RelayOwner,
} from './hub-services.js';
