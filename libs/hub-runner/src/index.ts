export {
  HubProcesses,
  usageOf,
  type HubProcessesOptions,
  type ProcessUsage,
  type ServerAddresses,
  type ServiceName,
} from './hub-processes.js';
export { createDatabase, dropDatabase, freePorts, ScratchHub, type ScratchHubOptions } from './scratch-hub.js';
