import { maskRecord, type RequestAccess } from '#auth';
import { ENTITIES, kindOfTopic, type Entity, type TopicMessages } from '#contracts';

const ENTITY_OF_TYPE = new Map<string, Entity>(
  (Object.keys(ENTITIES) as unknown as Entity[]).flatMap((entity) => {
    const { changedType, goldenType } = ENTITIES[entity];
    return [changedType, goldenType].map((type) => [type, entity] as const);
  }),
);

/**
 * Messages as the reader may see them: their values are records themselves, so personal fields stand at their top. Of whose
 * records a message is says its topic, else its type; where neither does, the personal fields of all entities count. Pure.
 */
export function maskMessages(
  found: TopicMessages,
  {
    topic,
    topicPrefix,
    access,
  }: { readonly topic: string; readonly topicPrefix: string; readonly access: MayReadPersonal },
): TopicMessages {
  if (access.has('personal:read')) return found;
  const messages = found.messages.map((message) => {
    return { ...message, value: maskRecord(message.value, entityOfMessage(message.type, { topic, topicPrefix })) };
  });
  return { ...found, messages };
}

/** Of whose records a message is; null where neither its topic nor its type says it. Pure. */
export function entityOfMessage(
  type: string | null | undefined,
  { topic, topicPrefix }: { readonly topic: string; readonly topicPrefix: string },
): Entity | null {
  return kindOfTopic(topicPrefix, topic)?.entity ?? ENTITY_OF_TYPE.get(type ?? '') ?? null;
}

type MayReadPersonal = Pick<RequestAccess, 'has'>;
