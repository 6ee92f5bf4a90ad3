import { auditedServices } from '#access';
import { AVRO_SCHEMAS, ENTITIES, kindOfTopic, type Entity, type EventTypeName, type TopicKind } from '#contracts';
import { topicsOf, type HubFile } from '#hub-file';

/** What the hub file and the contracts say of a topic. */
export interface DescribedTopic {
  readonly kind: TopicKind;
  readonly entity: Entity | null;
  readonly type: EventTypeName | null;
  readonly key: string;
  readonly writers: readonly string[];
}

const KEYS: Readonly<Record<TopicKind, string>> = {
  change: "the system's own id of the record",
  golden: 'the business key',
  history: 'the business key',
  hub: 'system/entity/external id, or the subject of the audit',
  'dead-letter': 'as in the origin',
  lane: 'as in the origin',
};

/** Null for a topic that is none of the hub file. Pure. */
export function describeTopic(file: HubFile, name: string): DescribedTopic | null {
  const { topicPrefix } = file.hub;
  const found = kindOfTopic(topicPrefix, name);
  if (!found || !topicsOf(file).some((topic) => topic.name === name)) return null;
  const { kind, entity } = found;
  const type = typeOf(kind, entity, name);
  return { kind, entity, type, key: KEYS[kind], writers: writersOf(kind, name.slice(topicPrefix.length), file) };
}

function typeOf(kind: TopicKind, entity: Entity | null, name: string): EventTypeName | null {
  const types = Object.keys(AVRO_SCHEMAS) as EventTypeName[];
  const wanted = entity
    ? ENTITIES[entity][kind === 'change' ? 'changedType' : 'goldenType']
    : name.endsWith('hub.drift.v1')
      ? 'io.plumbline.hub.v1.DriftRecorded'
      : 'io.plumbline.hub.v1.AuditRecorded';
  if (kind === 'dead-letter') return null;
  return types.find((type) => type === wanted) ?? null;
}

function writersOf(kind: TopicKind, own: string, file: HubFile): readonly string[] {
  const first = own.split('.')[0] ?? '';
  switch (kind) {
    case 'change':
      return [first === 'hub' ? 'golden' : `connector ${first}`];
    case 'golden':
    case 'history':
      return ['golden'];
    case 'dead-letter':
      return [asPeopleSay(first)];
    case 'hub':
      return own === 'hub.drift.v1' ? ['reconciler'] : auditedServices(file).map(asPeopleSay);
    case 'lane':
      return ['replay'];
  }
}

function asPeopleSay(service: string): string {
  return service.replace(/^connector-/, 'connector ');
}
