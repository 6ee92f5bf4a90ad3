export {
  HubProcesses,
  usageOf,
  type HubProcessesOptions,
  type ProcessUsage,
  type ServerAddresses,
  type ServiceName,
} from './hub-processes.js';
export { reservePorts } from './reserve-ports.js';
export { createDatabase, dropDatabase, ScratchHub, type ScratchHubOptions } from './scratch-hub.js';
