import { toHubError, type HubError } from '#kernel';
import type { RunningApp } from '#observability';

/** One service that can be started in this process. */
export interface Service {
  /** `golden`, `reconciler`, `connector-erp`. */
  readonly name: string;
  start(): Promise<RunningApp>;
}

/** A service that runs. */
export interface RunningService {
  readonly name: string;
  readonly url: string;
}

/** All services of this process, running. */
export interface RunningHub {
  readonly services: readonly RunningService[];
  /** Closes in the reverse order of the start; one that fails to close hinders no other, the first error is thrown. */
  close(): Promise<void>;
}

/**
 * Starts services one after another, each when the one before it answers. When one fails, those that run are closed.
 * @param tell hears the name of each service before it is started.
 */
export async function startAll(services: readonly Service[], tell: (name: string) => void): Promise<RunningHub> {
  const running: { readonly name: string; readonly app: RunningApp }[] = [];
  try {
    for (const service of services) {
      tell(service.name);
      running.push({ name: service.name, app: await service.start() });
    }
  } catch (error) {
    await closeAll(running.map(({ app }) => app));
    throw error;
  }
  return {
    services: running.map(({ name, app }) => ({ name, url: app.url })),
    close: async () => {
      const [first] = await closeAll(running.map(({ app }) => app));
      if (first) throw first;
    },
  };
}

async function closeAll(apps: readonly RunningApp[]): Promise<readonly HubError[]> {
  const errors: HubError[] = [];
  for (const app of [...apps].reverse())
    try {
      await app.close();
    } catch (error) {
      errors.push(toHubError(error));
    }
  return errors;
}
