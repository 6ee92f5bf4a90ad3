// The servers, in the order in which they start.
//
// Each one is an object with
//   name, variable   its name, and the environment variable of its address
//   title            for people
//   ports            the names of its ports in the state
//   cost             MiB of memory, disk and download, and seconds of a first start; measured, see README.md
//   isInstalled, install      its downloads
//   prepare          what must exist before each start (data folder, first format)
//   command          how to start it: { command, args, env, cwd, uid, gid }
//   isReady          one probe in its own protocol
//   address          what clients use
//   stopSignal       asks for a clean stop
import { kafka } from './kafka.mjs';
import { postgres } from './postgres.mjs';
import { registry } from './registry.mjs';
import { valkey } from './valkey.mjs';

export const SERVERS = [postgres, valkey, kafka, registry];

/** The addresses of the stack's own servers, as far as their ports are chosen. */
export function nativeAddresses(context) {
  const known = SERVERS.filter((server) => server.ports.every((port) => context.state.ports[port]));
  return Object.fromEntries(known.map((server) => [server.variable, server.address(context)]));
}

/** The servers that the environment does not give. */
export function nativeServers({ given }) {
  return SERVERS.filter((server) => !(server.variable in given));
}
