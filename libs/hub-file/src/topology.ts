import { topicNames, type Entity, type TopicKind } from '#contracts';
import { HUB_SYSTEM, type SystemId } from '#kernel';
import type { HubFile } from './hub-file.js';
import { DEFAULT_PARTITIONS, entitiesOf } from './parse-hub-file.js';

/** Base URLs of all services of a hub. */
export interface Endpoints {
  readonly golden: string;
  readonly reconciler: string;
  readonly notifier: string;
  readonly indexer: string;
  /** By system, in the order of the file. */
  readonly connectors: ReadonlyMap<SystemId, string>;
}

/** Addresses that are not the default; from the environment. */
export interface EndpointOverrides {
  readonly golden?: string | undefined;
  readonly reconciler?: string | undefined;
  readonly notifier?: string | undefined;
  readonly indexer?: string | undefined;
  readonly connectors?: Readonly<Record<string, string>> | undefined;
}

/** A topic that the hub needs. */
export interface HubTopic {
  readonly name: string;
  readonly kind: TopicKind;
  readonly partitions: number;
}

/** Loopback port of a service: admin is `hub.port`, golden `hub.port` + 1, reconciler + 2, notifier + 3, gateway + 4, indexer + 5, connectors + 10 on in the file's order. */
export function portOf(
  file: HubFile,
  service: 'admin' | 'golden' | 'reconciler' | 'notifier' | 'gateway' | 'indexer' | { readonly system: SystemId },
): number {
  if (service === 'admin') return file.hub.port;
  if (service === 'golden') return file.hub.port + 1;
  if (service === 'reconciler') return file.hub.port + 2;
  if (service === 'notifier') return file.hub.port + 3;
  if (service === 'gateway') return file.hub.port + 4;
  if (service === 'indexer') return file.hub.port + 5;
  return file.hub.port + 10 + file.systems.findIndex(({ id }) => id === service.system);
}

/** Where each service is found: the overrides, else loopback and {@link portOf}. */
export function endpoints(file: HubFile, overrides: EndpointOverrides = {}): Endpoints {
  const local = (port: number): string => `http://127.0.0.1:${port}`;
  return {
    golden: overrides.golden ?? local(portOf(file, 'golden')),
    reconciler: overrides.reconciler ?? local(portOf(file, 'reconciler')),
    notifier: overrides.notifier ?? local(portOf(file, 'notifier')),
    indexer: overrides.indexer ?? local(portOf(file, 'indexer')),
    connectors: new Map(
      file.systems.map(({ id }) => [id, overrides.connectors?.[id] ?? local(portOf(file, { system: id }))]),
    ),
  };
}

/** Every topic of the hub, each once, in a stable order. */
export function topicsOf(file: HubFile): readonly HubTopic[] {
  const names = topicNames(file.hub.topicPrefix);
  const partitions = file.hub.partitions ?? DEFAULT_PARTITIONS;
  const changes = file.systems.flatMap((system) =>
    (Object.keys(system.entities) as Entity[]).map((entity) => names.change(system.id, entity)),
  );
  const entities = entitiesOf(file);
  const merged = entities.filter((entity) => file.survivorship[entity]);
  const own = merged.map((entity) => names.change(HUB_SYSTEM, entity));
  const topics = (kind: TopicKind, list: readonly string[], count: number): HubTopic[] =>
    list.map((name) => ({ name, kind, partitions: count }));
  return [
    ...topics('change', [...changes, ...own], partitions),
    ...topics(
      'golden',
      entities.map((entity) => names.golden(entity)),
      partitions,
    ),
    ...topics(
      'history',
      entities.map((entity) => names.history(entity)),
      partitions,
    ),
    ...topics('hub', [names.hub('drift'), names.hub('audit')], 1),
    ...topics(
      'dead-letter',
      consumersOf(file).map((consumer) => names.deadLetter(consumer)),
      1,
    ),
  ];
}

/** Services that consume topics of the hub; the group of each is its name behind the topic prefix. */
export function consumersOf({ systems, webhooks }: Pick<HubFile, 'systems' | 'webhooks'>): readonly string[] {
  return ['golden', ...systems.map(({ id }) => `connector-${id}`), ...(webhooks ? ['notifier'] : []), 'indexer'];
}

/**
 * PostgreSQL schema of a service (`golden`, `reconciler`, `connector-<system>`): prefix and name, with everything that
 * an unquoted identifier can't hold as an underscore.
 */
export function schemaName(file: HubFile, service: string): string {
  return `${file.hub.topicPrefix}${service}`.toLowerCase().replace(/[^a-z0-9_]/g, '_');
}

/** Canonical fields that a system owns: the hub never writes them into it. */
export function ownedFields(file: HubFile, entity: Entity, system: SystemId): readonly string[] {
  const rules = Object.entries(file.survivorship[entity]?.fields ?? {});
  return rules.filter(([, rule]) => rule.kind === 'owner' && rule.system === system).map(([field]) => field);
}
