import { openHubFile } from '#config';
import type { HubError } from '#kernel';
import { createLogger, exitTelling } from '#observability';
import { readUpConfig, type UpConfig } from './config.js';
import { connectorKinds } from './connectors.js';
import { ensureTopics, listServices } from './services.js';
import { startAll, type RunningHub } from './start-all.js';

const CLOSE_LIMIT_MS = 20_000;

try {
  await up(readUpConfig(process.argv.slice(2)));
} catch (error) {
  exitTelling(error);
}

/** Starts everything, says where it is, and runs until a signal or a fatal error. */
async function up(config: UpConfig): Promise<void> {
  const logger = createLogger('up', config.LOG_LEVEL, process.stderr);
  const needs = (): boolean => true;
  const file = await openHubFile(config.PLUMBLINE_HUB_FILE, { needs, logger, connectors: connectorKinds });
  let hub: RunningHub | null = null;
  const onFatal = (service: string, error: HubError): void => {
    logger.error({ service, code: error.code, details: error.details, error }, 'fatal: everything stops');
    void stop(hub, 1);
  };
  const shared = { config, file, onFatal };
  await ensureTopics(shared, logger);
  hub = await startAll(listServices(shared), (name) => logger.debug({ name }, 'starting'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(hub, 0));
  process.stdout.write(describe(hub, config));
}

/** A second signal, or a service that does not close in time, ends the process at once: nothing is lost by it. */
async function stop(hub: RunningHub | null, code: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  setTimeout(() => process.exit(1), CLOSE_LIMIT_MS).unref();
  try {
    await hub?.close();
    process.exit(code);
  } catch (error) {
    exitTelling(error);
  }
}

function describe(hub: RunningHub, { tokenPlace }: UpConfig): string {
  const width = Math.max(...hub.services.map(({ name }) => name.length));
  const lines = hub.services.map(({ name, url }) => `  ${name.padEnd(width)}  ${url}`);
  return [`The hub is up:`, ...lines, `Token: ${tokenPlace}. See \`plumbline status\`; Ctrl-C stops.`, ''].join('\n');
}
