// `up`: says what it will do, installs what is missing, starts what does not run, writes the addresses.
import { setTimeout as sleep } from 'node:timers/promises';

import { bringUp, choosePorts } from './bring-up.mjs';
import { makeFolders, rereadState } from './context.mjs';
import { StackError, StackErrors } from './errors.mjs';
import { ADDRESS_VARIABLES, hostAndPort, withoutPassword } from './given.mjs';
import { withLock } from './lock.mjs';
import { describePlan } from './plan.mjs';
import { acceptsConnections } from './probe.mjs';
import { nativeAddresses, nativeServers, SERVERS } from './servers/index.mjs';
import { writeFileAtomically } from './state.mjs';
import { findSystems } from './systems/index.mjs';
import { ensureSystemPackages } from './system-packages.mjs';

const GIVEN_TIMEOUT_MS = 10_000;

/** Brings the stack up. Idempotent: what runs is left alone. */
export async function up(context, { yes, json, systems: systemNames = '' }) {
  const systems = await findSystems(systemNames.split(',').filter(Boolean));
  for (const line of describePlan(context)) context.progress.line(line);
  if (nativeServers(context).length > 0) requireLinux();
  makeFolders(context);
  await ensureSystemPackages(context, { yes });
  await withLock(context, async () => {
    rereadState(context);
    const native = nativeServers(context);
    await choosePorts(context, native);
    await startAll(context, native);
    await startSystems(context, systems);
  });
  const addresses = { ...nativeAddresses(context), ...context.given };
  const ordered = {
    ...Object.fromEntries(ADDRESS_VARIABLES.map((variable) => [variable, addresses[variable]])),
    ...Object.fromEntries(systems.map((system) => [system.variable, system.address(context)])),
  };
  writeFileAtomically(context.paths.addressFile, `${JSON.stringify(ordered, null, 2)}\n`, 0o600);
  if (json) process.stdout.write(`${JSON.stringify(ordered)}\n`);
  else reportAddresses(context, ordered);
  return 0;
}

/** Pid files rest on /proc. */
function requireLinux() {
  if (process.platform === 'linux') return;
  const next = `give ${ADDRESS_VARIABLES.join(', ')} (of servers in containers, say), or use Linux or WSL`;
  throw new StackError(`The native servers run on Linux only; this is ${process.platform}.`, { next });
}

/** Everything at once, but the registry's start, which waits for the PostgreSQL that keeps its schemas. */
async function startAll(context, native) {
  const givenServers = SERVERS.filter((server) => !native.includes(server));
  const work = givenServers.map((server) => checkGiven(context, server));
  const ready = {};
  for (const server of native) {
    const installed = install(context, server);
    const store = server.name === 'registry' ? ready.postgres : undefined;
    ready[server.name] = Promise.all([installed, store]).then(() => bringUp(context, server));
    work.push(ready[server.name]);
  }
  const failures = (await Promise.allSettled(work))
    .filter(({ status }) => status === 'rejected')
    .map(({ reason }) => reason);
  const unexpected = failures.find((error) => !(error instanceof StackError));
  if (unexpected) throw unexpected;
  // The registry fails with PostgreSQL's error when that one failed: once is enough.
  if (failures.length > 0) throw new StackErrors([...new Set(failures)]);
}

/** Installed side by side, started one after the other: their first starts are heavy. */
async function startSystems(context, systems) {
  await choosePorts(context, systems);
  await Promise.all(systems.map((system) => install(context, system)));
  for (const system of systems) await bringUp(context, system);
}

async function install(context, server) {
  if (server.isInstalled(context)) return;
  await context.progress.step(server.name, { begin: 'fetching', end: 'fetched' }, () => server.install(context));
}

async function checkGiven({ given }, { name, variable }) {
  const address = given[variable];
  const next = `start it, correct ${variable}, or unset ${variable} to have a server started here`;
  let target;
  try {
    target = hostAndPort(address);
  } catch (cause) {
    throw new StackError(`the given ${variable} is not an address.`, { server: name, next, cause });
  }
  const deadline = performance.now() + GIVEN_TIMEOUT_MS;
  while (!(await acceptsConnections(target))) {
    if (performance.now() > deadline) {
      throw new StackError(`nothing answers at the given ${variable} (${withoutPassword(address)}).`, {
        server: name,
        next,
      });
    }
    await sleep(500);
  }
}

function reportAddresses({ progress, paths }, addresses) {
  progress.line();
  for (const [variable, address] of Object.entries(addresses))
    progress.line(`${variable.padEnd(14)} ${withoutPassword(address)}`);
  progress.line(`\nWith passwords, for programs: ${paths.addressFile}`);
}
