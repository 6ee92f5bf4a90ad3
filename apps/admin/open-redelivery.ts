import type { ServiceSettings } from '#config';
import type { HubOverview } from '#contracts';
import { systemClock, toHubError, type Closers } from '#kernel';
import type { SchemaSource } from '#messaging-kafka';
import { openReplayHub, ReplayRunner } from '#replay-desk';
import type { AppRuntime } from '#observability';
import { Redelivery } from './redelivery.js';

/** Replays, dead letters and offsets, with what runs them. */
export interface OpenRedelivery {
  readonly redelivery: Redelivery;
  /** What the page keeps live of it; nothing where the database does not answer, which hides nothing else. */
  read(): Promise<Pick<HubOverview, 'deadLetters' | 'replays'>>;
}

/** Opens the database of replays and starts to run what is left there. @throws HubError HUB_DATABASE_* */
export async function openRedelivery(
  { file, servers, logger, onFatal }: ServiceSettings & AppRuntime,
  { schemas, onChange }: { readonly schemas: SchemaSource; readonly onChange: () => void },
  closers: Closers,
): Promise<OpenRedelivery> {
  const { brokers, kafkaSecurity, databaseUrl } = servers;
  const hub = await openReplayHub({
    ...{ file, brokers, databaseUrl, schemas, logger, clock: systemClock },
    ...{ ...(kafkaSecurity && { kafkaSecurity }), name: 'plumbline-admin-replay', poolSize: 4 },
  });
  closers.add(() => hub.close());
  const runner = new ReplayRunner({ hub, clock: systemClock, logger, onFatal, onChange });
  closers.add(() => runner.stop());
  runner.start();
  const redelivery = new Redelivery({ hub, runner });
  const read: OpenRedelivery['read'] = async () => {
    try {
      return await redelivery.overview();
    } catch (error) {
      logger.warn({ code: toHubError(error).code }, 'replays and dead letters could not be read');
      return {};
    }
  };
  return { redelivery, read };
}
