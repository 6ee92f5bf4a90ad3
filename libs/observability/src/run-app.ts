import { HubError, toHubError, type Logger } from '#kernel';
import { createLogger, type LogLevel } from './create-logger.js';
import { createMetrics, type ReadableMetrics } from './create-metrics.js';
import type { RunningApp } from './http-app.js';

/** What an app tells of itself, and where it ends when nothing mends it. */
export interface AppRuntime {
  readonly logger: Logger;
  readonly metrics: ReadableMetrics;
  /** Called for an error that no retry mends; the process should exit non-zero. */
  readonly onFatal: (error: HubError) => void;
}

/** An app of which the configuration is read. */
export interface ConfiguredApp {
  /** Its name in the log: `golden`, `connector-erp`. */
  readonly name: string;
  readonly logLevel: LogLevel;
  readonly start: (runtime: AppRuntime) => Promise<RunningApp>;
}

/**
 * Runs one app as a process of its own until SIGINT or SIGTERM ends it with 0, or a fatal error with 1; a supervisor
 * starts it again.
 * @param configure reads the configuration; a HubError of it, or of the start, is told in words, another with its stack
 */
export async function runApp(configure: () => ConfiguredApp): Promise<void> {
  try {
    const { name, logLevel, start } = configure();
    const logger = createLogger(name, logLevel);
    const onFatal = (error: HubError): void => {
      logger.error({ code: error.code, reason: error.message, details: error.details, error }, 'fatal');
      process.exit(1);
    };
    const app = await start({ logger, metrics: createMetrics(), onFatal });
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(
        signal,
        () =>
          void app.close().then(
            () => process.exit(0),
            (error) => onFatal(toHubError(error)),
          ),
      );
  } catch (error) {
    exitTelling(error);
  }
}

/** Ends the process with 1: code, message and hint on standard error. @throws what is no HubError, for its stack */
export function exitTelling(error: unknown): never {
  if (!(error instanceof HubError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n${error.hint}\n`);
  process.exit(1);
}
