import { auditKeysFor } from '#access';
import type { ServiceSettings } from '#config';
import type { HubServices } from '#hub-client';
import { systemClock, type Closers } from '#kernel';
import type { AvroCodec, KafkaConnection } from '#messaging-kafka';
import type { AppRuntime } from '#observability';
import { openSeedHub, SeedRunner } from '#replay-desk';
import type { Seeds } from './seeds.controller.js';

/** What seeds are read and written with. */
export interface SeedParts {
  readonly connection: KafkaConnection;
  readonly codec: AvroCodec;
  /** In the admin server's own name. */
  readonly services: HubServices;
}

/** Opens the database of seeds and starts to run what is left there. @throws HubError HUB_DATABASE_* */
export async function openSeeds(
  { file, servers, http, auditSecrets, logger, onFatal }: ServiceSettings & AppRuntime,
  { connection, codec, services }: SeedParts,
  closers: Closers,
): Promise<Seeds> {
  const keys = auditKeysFor(auditSecrets, http.token);
  const hub = await openSeedHub({
    ...{ file, connection, codec, services, replication: {}, databaseUrl: servers.databaseUrl, keys },
    ...{ name: 'plumbline-admin-seeds', poolSize: 4, clock: systemClock, logger },
  });
  closers.add(() => hub.close());
  const runner = new SeedRunner({ hub, clock: systemClock, logger, onFatal });
  closers.add(() => runner.stop());
  runner.start();
  return { hub, runner };
}
