import { kafkaSecurityOf, registryAuthorizationOf, replicationOf } from '#config';
import type { Entity } from '#contracts';
import type { SeedShape, SourceScan } from '#replay';
import type { OpenSeedTarget, SeedCluster, SeedContents, SeedSession as OpenSession, SourceAccess } from '#replay-desk';
import type { CliContext } from './context.js';
import { readAddress, readShape, type SeedTargetFlags } from './seed-options.js';
import { openSeedStore } from './seed-store.js';
import { describeAddress, openTarget } from './seed-target.js';
import { renderScan } from './seed.view.js';
import { everySecond } from './every-second.js';
import { untilInterrupted } from './until-interrupted.js';

/** A topic and a target, opened. */
export interface SeedSession extends OpenSession {
  readonly entity: Entity;
  readonly shape: SeedShape;
  readonly cluster: SeedCluster;
  /** Below the gateway's address: where what is seeded is read; null for what is read elsewhere. */
  readonly servedAt: string | null;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
}

/** Opens topic and target for one piece of work; loads their clients only now. @throws HubError */
export async function withSeed<T>(
  context: CliContext,
  entityName: string,
  flags: SeedTargetFlags,
  work: (session: SeedSession) => Promise<T>,
): Promise<T> {
  const entity = context.entity(entityName);
  const address = readAddress(entity, flags);
  const shape = readShape(entity, flags);
  const servedAt = address.kind === 'feed' ? `feeds/${address.feed}` : null;
  const { openSeedSession } = await import('#replay-desk');
  const cluster = await openCluster(context);
  const access = shape.from ? await openAccess(context, flags) : null;
  try {
    const name = await describeAddress(address);
    const open = (contents: SeedContents): Promise<OpenSeedTarget> =>
      openTarget(context, address, { contents, cluster });
    const session = await openSeedSession(cluster, { entity, shape }, { name, open, access });
    try {
      return await untilInterrupted((signal) => work({ ...session, cluster, servedAt, signal }));
    } finally {
      await session.close();
    }
  } finally {
    await access?.database.close();
  }
}

/** The hub's connectors, and where it is kept what they said. */
async function openAccess(context: CliContext, { acceptDifferences = false }: SeedTargetFlags): Promise<SourceAccess> {
  const { services, clock, output } = context;
  const onScan = everySecond(clock, (scan: SourceScan) => output.progress(renderScan(scan)));
  return { services, clock, onScan, acceptsDifferences: acceptDifferences, database: await openSeedStore(context) };
}

/** How long an end offset of the session's topic proves anything. @throws HubError as `findEndValidMs` of replay-desk */
export async function findEndValid(session: SeedSession): Promise<number> {
  const { findEndValidMs } = await import('#replay-desk');
  return findEndValidMs(session.cluster, session);
}

async function openCluster(context: CliContext): Promise<SeedCluster> {
  const { AvroCodec, SchemaRegistry } = await import('#messaging-kafka');
  const { config, hub: file } = context;
  const url = context.server('REGISTRY_URL');
  const codec = new AvroCodec(new SchemaRegistry({ url, authorization: registryAuthorizationOf(config) }));
  const connection = {
    ...{ brokers: context.server('KAFKA_BROKERS'), ...kafkaSecurityOf(config), clientId: 'plumbline-seed' },
  };
  return { file, connection, replication: replicationOf(config), codec };
}
