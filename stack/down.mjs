// `down` and `reset`.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { confirm } from './confirm.mjs';
import { UsageError } from './errors.mjs';
import { withLock } from './lock.mjs';
import { logFileOf, stopProcess } from './process.mjs';
import { SERVERS } from './servers/index.mjs';
import { runningSystems, systemNames } from './systems/index.mjs';

/** Stops every server of this folder: first the registry, then what it and the hub rely on. */
export async function down(context) {
  if (existsSync(context.paths.root)) await withLock(context, () => stopAll(context));
  else context.progress.line('Nothing was ever started here.');
  return 0;
}

/** Stops everything and deletes the data, the logs and the state. Downloads are kept. */
export async function reset(context, { yes }) {
  const { paths, progress } = context;
  // Only a folder that holds our state is ours to empty.
  if (!existsSync(paths.stateFile)) {
    progress.line(`${paths.root} holds no stack: nothing to delete.`);
    return 0;
  }
  if (!yes && !(await confirm(`Delete all data of the stack in ${paths.root}?`)))
    throw new UsageError('Nothing was deleted.');
  await withLock(context, async () => {
    await stopAll(context);
    for (const name of [...SERVERS.map((server) => server.name), ...systemNames()])
      rmSync(join(paths.data, name), { recursive: true, force: true });
    for (const folder of [paths.logs, paths.run]) rmSync(folder, { recursive: true, force: true });
    rmSync(paths.addressFile, { force: true });
    rmSync(paths.stateFile, { force: true }); // last: an interrupted reset can be repeated
  });
  progress.line('Data deleted; downloads kept.');
  return 0;
}

async function stopAll(context) {
  await Promise.all((await runningSystems(context)).map((system) => stop(context, system)));
  const [registry, ...others] = SERVERS.toReversed();
  await stop(context, registry);
  const results = await Promise.allSettled(others.map((server) => stop(context, server)));
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
}

async function stop({ paths, progress }, { name, stopSignal }) {
  const startedAt = performance.now();
  const outcome = await stopProcess(paths, name, { signal: stopSignal });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (outcome === 'killed')
    progress.line(
      `${name.padEnd(9)} did not stop by itself and was KILLED after ${seconds} s; see ${logFileOf(paths, name)}`,
    );
  else progress.line(`${name.padEnd(9)} ${outcome}${outcome === 'stopped' ? ` in ${seconds} s` : ''}`);
}
