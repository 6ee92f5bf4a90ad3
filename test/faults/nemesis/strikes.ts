import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FailpointName } from '#connector-host/testing';
import { sleep } from '../workload.js';
import type { ServerName } from './own-stack.js';
import { processesOf, type Service, type World } from './world.js';

/** Makes a fault, holds it, and takes it away: what is left to recover is the hub's. */
export type Strike = (world: World) => Promise<void>;

const KILLS = 3;
const DEATH_MS = 25_000;

/** Every part has work for a moment. */
async function giveWork({ workload, random }: World, longestMs = 900): Promise<void> {
  await workload.burst();
  await sleep(random.between(20, longestMs));
}

/** `kill -9` while it works, some times in a row. */
export function killService(service: Service): Strike {
  return async (world) => {
    for (let kill = 0; kill < KILLS; kill += 1) {
      if (service === 'reconciler') await beginRounds(world);
      await giveWork(world);
      await world.supervisor.restart(service, 'SIGKILL');
      await world.supervisor.untilReady(service);
    }
  };
}

/** Rounds are under way when the reconciler, or what it keeps its work in, is hit. */
async function beginRounds(world: World): Promise<void> {
  const isReady = await world.supervisor.untilReady('reconciler');
  if (isReady) for (const system of ['erp', 'shop']) await processesOf(world).call('reconciler', '/rounds', { system });
}

/** The process kills itself at a named place between two steps. */
export function killAt(service: Service, failpoint: FailpointName): Strike {
  return (world) => killArmed(world, service, { PLUMBLINE_FAILPOINT: failpoint });
}

/** Starts a service with variables by which it ends itself at some place, and waits until it has. */
export async function killArmed(
  world: World,
  service: Service,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const { supervisor } = world;
  const processes = processesOf(world);
  supervisor.hold(service);
  await processes.stop(service);
  // It may die before it is ready.
  await processes.start(service, variables).catch((error: unknown) => {
    if (!processes.wasKilled(service)) throw error;
  });
  const endsAt = Date.now() + DEATH_MS;
  while (processes.isAlive(service) && Date.now() < endsAt) await giveWork(world, 300);
  const died = processes.wasKilled(service);
  supervisor.release(service);
  if (!died) throw new Error(`${service} did not die at ${JSON.stringify(variables)}`);
}

/** SIGSTOP for longer than leases and sessions last, then SIGCONT: a zombie with work in its hands. */
export function pauseService(service: Service): Strike {
  return async (world) => {
    await giveWork(world, 300);
    processesOf(world).signal(service, 'SIGSTOP');
    try {
      for (let left = world.random.between(8, 15); left > 0; left -= 1) await giveWork(world, 2_000);
    } finally {
      processesOf(world).signal(service, 'SIGCONT');
    }
  };
}

/** Connections are reset and refused, some times in a row. */
export function cut(server: ServerName): Strike {
  return async (world) => {
    const link = world.stack.links[server];
    for (let turn = 0; turn < KILLS; turn += 1) {
      await giveWork(world, 500);
      await link.disable();
      await sleep(world.random.between(500, 3_000));
      await link.enable();
      await sleep(world.random.between(500, 2_000));
    }
  };
}

/** Nothing comes through any more, in one direction or in both, and nobody says so. */
export function halfOpen(server: ServerName): Strike {
  return async (world) => {
    const link = world.stack.links[server];
    await giveWork(world, 300);
    const heal = [await link.add({ type: 'timeout', timeout: 0 }, 'upstream')];
    if (world.random.chance(0.5)) heal.push(await link.add({ type: 'timeout', timeout: 0 }, 'downstream'));
    await world.workload.burst();
    await sleep(world.random.between(8_000, 14_000));
    for (const step of heal) await step();
    // What was silent stays so until somebody closes it; the path itself is whole again.
    await link.disable();
    await link.enable();
  };
}

/** Answers come late, each by another time. */
export function latency(server: ServerName): Strike {
  return async (world) => {
    const heal = await world.stack.links[server].add({ type: 'latency', latency: 400, jitter: 300 });
    await giveWork(world);
    await sleep(world.random.between(8_000, 12_000));
    await heal();
  };
}

/** `kill -9` of a server at work, which is started again. */
export function killServer(server: ServerName): Strike {
  return async (world) => {
    if (server === 'valkey') await beginRounds(world);
    await giveWork(world, 300);
    world.stack.kill(server);
    await sleep(world.random.between(1_000, 4_000));
    await world.stack.startAgain();
  };
}

/** Everything in Valkey is gone while rounds are under way. */
export async function flushAll(world: World): Promise<void> {
  for (let turn = 0; turn < KILLS; turn += 1) {
    await beginRounds(world);
    await sleep(world.random.between(0, 300));
    const answer = await world.stack.askValkey('FLUSHALL');
    if (!answer.startsWith('+OK')) throw new Error(`Valkey refuses FLUSHALL: ${answer}`);
    await giveWork(world, 1_500);
  }
}

/** A service starts while the registry is away. */
export function startWithoutRegistry(service: Service): Strike {
  return async (world) => {
    world.stack.kill('registry');
    await world.supervisor.restart(service);
    await giveWork(world, 300);
    await sleep(world.random.between(5_000, 8_000));
    await world.stack.startAgain();
  };
}

/** A service whose clock is wrong by two hours, first ahead, then behind. */
export function skewClock(service: Service): Strike {
  return async (world) => {
    for (const offset of world.random.shuffled(['+2h', '-2h'])) {
      world.supervisor.equip(service, fakeTime(offset));
      await world.supervisor.restart(service);
      await world.supervisor.untilReady(service);
      for (let turn = 0; turn < 5; turn += 1) await giveWork(world, 1_500);
    }
    world.supervisor.equip(service, {});
    await world.supervisor.restart(service);
  };
}

const LIBRARY = 'faketime/libfaketime.so.1';

/** Null where faketime is not installed. */
export function findFakeTime(): string | null {
  const folders = ['/usr/lib', ...subfolders('/usr/lib'), '/usr/local/lib'];
  return folders.map((folder) => join(folder, LIBRARY)).find((file) => existsSync(file)) ?? null;
}

function subfolders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.includes('linux'))
    .map(({ name }) => join(folder, name));
}

/** Clocks that only go forward keep their pace: they have no time of day that could be wrong. */
function fakeTime(offset: string): Readonly<Record<string, string>> {
  return { LD_PRELOAD: findFakeTime() ?? '', FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

/** Not a byte of disk is left under a server, until it has failed or some seconds have passed. */
export function fillDisk(server: 'kafka' | 'postgres'): Strike {
  return async (world) => {
    const { stack, random } = world;
    stack.disks[server]?.fill();
    const endsAt = Date.now() + random.between(5_000, 8_000);
    while (stack.isAlive(server) && Date.now() < endsAt) await giveWork(world, 500);
    stack.disks[server]?.free();
    await stack.startAgain();
  };
}
