import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readArguments, type DemoArguments } from './arguments.js';
import { playScenes } from './play.js';
import { Screen } from './report.js';
import { SCENES } from './scenes/index.js';
import { startServers } from './servers.js';
import { stayUp } from './stay-up.js';
import type { World } from './world.js';
import { prepare } from './prepare.js';
import { tellVersus } from './versus/tell.js';
import { playVersus } from './versus/versus.js';

const ROOT = join(import.meta.dirname, '../..');
const REAL_SYSTEMS = ['tryton', 'vendure', 'bottlecrm'];
const screen = new Screen(process.stdout);

const parsed = readArguments(process.argv.slice(2));
if ('text' in parsed) {
  (parsed.code === 0 ? process.stdout : process.stderr).write(parsed.text);
  process.exitCode = parsed.code;
} else process.exit(await demo(parsed)); // what an interrupted scene was waiting for must not keep the process

async function demo(options: DemoArguments): Promise<number> {
  const closers: (() => Promise<void>)[] = [];
  const interrupted = new Promise<'interrupted'>((end) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end('interrupted'));
  });
  try {
    const played = await Promise.race([play(options, closers), interrupted]);
    if (played === 'interrupted') return 130;
    if (!options.exit) await stayUp({ ...played, screen }, interrupted);
    return played.passed ? 0 : 1;
  } catch (error) {
    screen.line(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 1;
  } finally {
    screen.line('Stopping …');
    while (closers.length > 0) await closers.pop()?.();
  }
}

interface Played {
  readonly world: World;
  readonly folder: string;
  readonly passed: boolean;
}

/** From the servers to the last scene. What must be undone is added to `closers`. */
async function play(options: DemoArguments, closers: (() => Promise<void>)[]): Promise<Played> {
  const folder = resolve(options.folder ?? join(ROOT, '.plumbline/demo'));
  const startedAtMs = Date.now();
  screen.heading('Servers');
  const servers = await startServers(ROOT, options.play === 'real' ? REAL_SYSTEMS : []);
  closers.push(() => servers.stop());
  const world = await prepare(
    {
      root: ROOT,
      folder,
      servers: servers.addresses,
      products: options.products,
      isReal: options.play === 'real',
      steps: options.step ? process.stdin : null,
      closers,
    },
    screen,
  );
  if (options.play === 'versus') return { world, folder, ...(await versus(world, options, closers)) };
  const scenes = SCENES.filter((_, index) => options.scenes.length === 0 || options.scenes.includes(index + 1));
  const results = await playScenes(world, scenes, screen);
  screen.line(`\nTook ${Math.round((Date.now() - startedAtMs) / 1000)} s.`);
  if (options.jsonFile !== null) writeJson(options.jsonFile, { scenes: results });
  return { world, folder, passed: results.every(({ passed }) => passed) };
}

/** The hub passes when it left no wrong row. */
async function versus(
  world: World,
  { jsonFile }: DemoArguments,
  closers: (() => Promise<void>)[],
): Promise<Pick<Played, 'passed'>> {
  const results = await playVersus(world, closers);
  tellVersus(screen, results);
  if (jsonFile !== null) writeJson(jsonFile, { versus: results });
  return { passed: results.every(({ wrongByHub }) => wrongByHub === 0) };
}

function writeJson(file: string, found: object): void {
  writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
}
