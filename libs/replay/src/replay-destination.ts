import { HubError } from '#kernel';
import type { ReplayDestination } from './replay-ports.js';

/** What there is of a target. */
export interface FoundTarget {
  /** Null: the topic is missing. */
  readonly partitions: number | null;
  readonly isEmpty: boolean;
  /** Groups that read it. */
  readonly readers: readonly string[];
}

/** What decides about a destination. */
export interface DestinationFacts {
  /** Topic prefix of the hub. */
  readonly prefix: string;
  /** Topics that the hub file names. */
  readonly hubTopics: ReadonlySet<string>;
  readonly source: { readonly topic: string; readonly partitions: number };
  readonly target: FoundTarget;
  /** Adds to a topic of one's own that has messages. */
  readonly append: boolean;
}

const MAX_TOPIC_CHARACTERS = 249;
const HUB_ENDINGS = /(?:^|\.)(?:changed|dead-letter|history)\.v\d+$/;
const HUB_BEGINNINGS = /^(?:golden|hub)\./;

/**
 * The topic from which only this group is handed messages of `topic` again: `<prefix>lane.<group>.<topic>`, without the prefix
 * that both may have. @throws HubError HUB_REQUEST_INVALID when that is no topic name
 */
export function laneName(prefix: string, group: string, topic: string): string {
  const bare = (name: string): string => (prefix !== '' && name.startsWith(prefix) ? name.slice(prefix.length) : name);
  if (bare(topic).startsWith(`lane.${bare(group)}.`)) return topic; // of a lane, the lane itself
  const name = `${prefix}lane.${bare(group)}.${bare(topic)}`;
  if (/^[A-Za-z0-9._-]+$/.test(name) && name.length <= MAX_TOPIC_CHARACTERS) return name;
  throw new HubError('HUB_REQUEST_INVALID', `${name} can't be the name of a topic: the group can't have a lane.`, {
    name,
  });
}

/** True for what only the hub itself writes, also of systems that the hub file no longer names. */
export function isHubTopic(
  topic: string,
  { prefix, hubTopics }: Pick<DestinationFacts, 'prefix' | 'hubTopics'>,
): boolean {
  if (hubTopics.has(topic)) return true;
  if (!topic.startsWith(prefix)) return HUB_ENDINGS.test(topic);
  const name = topic.slice(prefix.length);
  return HUB_BEGINNINGS.test(name) || HUB_ENDINGS.test(name);
}

/** A lane of its group. @throws HubError HUB_REPLAY_REFUSED where other groups read it, too */
export function toLane(topic: string, group: string, { source, target }: DestinationFacts): ReplayDestination {
  const others = target.readers.filter((reader) => reader !== group);
  if (others.length > 0) throw refused(`${topic} is read by ${others.join(', ')}, too: it is no private lane.`, topic);
  return {
    kind: 'lane',
    topic,
    group,
    keepsPartitions: (target.partitions ?? source.partitions) === source.partitions,
  };
}

/** A topic of its own. @throws HubError HUB_REPLAY_REFUSED for the hub's topics, the source, lanes, and one that has messages */
export function toOwnTopic(topic: string, facts: DestinationFacts): ReplayDestination {
  const { prefix, source, target, append } = facts;
  if (isHubTopic(topic, facts))
    throw refused(`${topic} is a topic of the hub: going back in time is \`plumbline revert\`.`, topic);
  if (topic === source.topic) throw refused('A topic is not replayed into itself.', topic);
  if (topic.startsWith(`${prefix}lane.`)) throw refused(`${topic} is a lane: name its group with --lane.`, topic);
  if (!target.isEmpty && !append)
    throw refused(`${topic} has messages: choose another, or add to it with --append.`, topic);
  const keepsPartitions = (target.partitions ?? source.partitions) === source.partitions;
  return { kind: 'topic', topic, group: null, keepsPartitions };
}

function refused(message: string, topic: string): HubError {
  return new HubError('HUB_REPLAY_REFUSED', message, { topic });
}
