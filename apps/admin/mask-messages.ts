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
  const ofTopic = kindOfTopic(topicPrefix, topic)?.entity ?? null;
  const messages = found.messages.map((message) => {
    const entity = ofTopic ?? ENTITY_OF_TYPE.get(message.type ?? '') ?? null;
    return { ...message, value: maskRecord(message.value, entity) };
  });
  return { ...found, messages };
}

type MayReadPersonal = Pick<RequestAccess, 'has'>;
