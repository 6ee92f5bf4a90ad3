import { createHash, randomUUID } from 'node:crypto';
import { topicNames, type Entity } from '#contracts';
import { categoriesOf, type HubFile, type HubSystem } from '#hub-file';
import { RELEASE, systemClock } from '#kernel';
import { EventCodec, type AvroCodec } from '#messaging-kafka';
import type { LeaseOwner } from '#mirror';
import type { OutboxRelay } from '#outbox';
import {
  PostgresMirrorDigests,
  PostgresMirrorFacts,
  PostgresMirrorStore,
  PostgresOutboxStore,
  type Database,
} from '#store-postgres';
import { desiredMapping, mappingVersion } from './desired-mapping.js';
import type { EntityLoops } from './entity-loops.js';
import { armFailpoint } from './failpoints.js';
import { HOST_DEFAULTS, type EntityContext, type HostContext } from './host-context.js';
import type { ConnectorHostOptions } from './host-options.js';
import type { RestoredSystem } from './restored-system.js';
import type { SwitchableConnector } from './switchable-connector.js';

/** What a context is made of; `loops` may be filled afterwards. */
export interface ContextParts {
  readonly system: HubSystem;
  readonly database: Database;
  readonly connector: SwitchableConnector;
  readonly codec: AvroCodec;
  readonly relay: OutboxRelay;
  readonly loops: EntityLoops[];
  readonly restored: RestoredSystem;
  /** Of contributions from now on. */
  readonly epoch: number;
}

/** Joins a host's parts. */
export function createContext(options: ConnectorHostOptions, parts: ContextParts): HostContext {
  const { file, logger, metrics } = options;
  const { system, database, connector, relay, loops, restored } = parts;
  const events = new EventCodec(parts.codec);
  const outbox = new PostgresOutboxStore(database);
  const settings = { ...HOST_DEFAULTS, ...options.settings };
  const entities = createEntities(options, parts, settings);
  return {
    system: system.id,
    connector,
    isOpenToWrite: () => connector.openedIn === 'write',
    entities,
    store: new PostgresMirrorStore(database, writerName(options.definition.id, file, system)),
    digests: new PostgresMirrorDigests(database),
    facts: new PostgresMirrorFacts(database),
    topics: topicNames(file.hub.topicPrefix),
    encode: (event) => events.encodeContribution(event),
    clock: systemClock,
    random: Math.random,
    newId: randomUUID,
    logger,
    metrics,
    settings,
    owners: { reader: newOwner(), rereader: newOwner(), writer: newOwner() },
    wake: {
      outbox: () => relay.wake(),
      writer: (entity) => loops.find((one) => one.entity === entity)?.writers.forEach((writer) => writer.wake()),
      rereader: (entity) => loops.find((one) => one.entity === entity)?.rereader.wake(),
    },
    outboxRows: async () => (await outbox.findBacklog()).rows,
    restored,
    failpoint: armFailpoint(options.failpoint),
  };
}

function createEntities(
  { file }: ConnectorHostOptions,
  { system, connector, restored, epoch }: ContextParts,
  settings: HostContext['settings'],
): ReadonlyMap<Entity, EntityContext> {
  const entities = new Map<Entity, EntityContext>();
  for (const entity of Object.keys(system.entities) as Entity[]) {
    const capabilities = connector.capabilities(entity);
    const { versionOrder, landingMs, lateFields = [] } = capabilities;
    // a write is sent within half its lease, and then takes the system's own time to land
    const traits = {
      ...{ versionOrder, lateFields, epoch, maxSkewMs: settings.maxSkewMs },
      landingMs: landingMs + settings.leaseMs / 2,
    };
    const mapping = desiredMapping(file, system, entity);
    const whole = desiredMapping(file, system, entity, 'all fields');
    entities.set(entity, {
      ...{ entity, capabilities, traits, categories: categoriesOf(file, entity) },
      mappingVersion: mappingVersion(file, system, entity),
      get mapping() {
        return restored.writesAllFields ? whole : mapping;
      },
    });
  }
  return entities;
}

/** `sql 0.1.0, mapping 3f2a…`: what made a write, so that drift after a changed connector or mapping is told apart. */
function writerName(connectorId: string, file: HubFile, system: HubSystem): string {
  const mappings = (Object.keys(system.entities) as Entity[]).map((entity) => mappingVersion(file, system, entity));
  const digest = createHash('sha256').update(mappings.join()).digest('hex').slice(0, 8);
  return `${connectorId} ${RELEASE}, mapping ${digest}`;
}

function newOwner(): LeaseOwner {
  return randomUUID() as string as LeaseOwner;
}
