import type { ServiceSettings } from '#config';
import type { Entity, TopicNames } from '#contracts';
import { HUB_SYSTEM } from '#kernel';
import type { AppRuntime } from '#observability';
import type { ChangeTopic } from './contributions.controller.js';

/**
 * Change topics of every mapped entity that has a survivorship policy, the hub's own included; without one there is nothing to
 * merge by.
 */
export function changeTopics(
  { file, logger }: Pick<ServiceSettings & AppRuntime, 'file' | 'logger'>,
  topics: TopicNames,
): Map<string, ChangeTopic> {
  const found = new Map<string, ChangeTopic>();
  for (const { id: system, entities } of file.systems)
    for (const entity of Object.keys(entities) as Entity[]) {
      if (file.survivorship[entity]) found.set(topics.change(system, entity), { system, entity });
      else logger.warn({ system, entity }, 'no survivorship for this entity: its changes are not merged');
    }
  for (const { entity } of [...found.values()])
    found.set(topics.change(HUB_SYSTEM, entity), { system: HUB_SYSTEM, entity });
  return found;
}
