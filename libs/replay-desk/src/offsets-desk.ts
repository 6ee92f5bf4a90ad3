import { HubError } from '#kernel';
import { KafkaGroups, type KafkaConnection, type KafkaTopics } from '#messaging-kafka';
import { assertOwnGroup, planReset, type PartitionReset, type ResetFacts, type ResetTarget } from '#replay';
import type { PostgresOffsetResets } from '#store-postgres';

/** A group and a topic that it reads. */
export interface GroupOfTopic {
  readonly group: string;
  readonly topic: string;
}

/** What the desk works with. */
export interface OffsetsDeskOptions {
  readonly connection: KafkaConnection;
  readonly topics: KafkaTopics;
  readonly resets: PostgresOffsetResets;
  /** Groups that go on from the offsets in their database. */
  readonly hubGroups: ReadonlySet<string>;
}

type Facts = Pick<ResetFacts, 'ranges' | 'committed'>;

interface PlannedUndo {
  readonly id: string;
  readonly partitions: readonly PartitionReset[];
}

/** Where consumer groups go on reading: shown first, changed only while the group has no members, and undone. */
export class OffsetsDesk {
  constructor(private readonly options: OffsetsDeskOptions) {}

  /** Ids of all groups that the cluster knows, sorted. @throws HubError HUB_BROKER_* */
  groups(): Promise<readonly string[]> {
    return this.withGroups((groups) => groups.list());
  }

  /**
   * Looks only: what a reset would do to each partition.
   * @throws HubError HUB_NOT_FOUND, HUB_TOPIC_MISSING, HUB_REPLAY_REFUSED for the hub's groups, HUB_BROKER_*
   */
  plan(place: GroupOfTopic, target: ResetTarget): Promise<readonly PartitionReset[]> {
    return this.withGroups((groups) => this.planIn(groups, place, target));
  }

  /**
   * Remembers what is committed, and then commits other offsets.
   * @throws HubError HUB_GROUP_ACTIVE while the group has members, and as {@link OffsetsDesk.plan}; nothing was changed then
   */
  reset(place: GroupOfTopic, target: ResetTarget, actor: string): Promise<readonly PartitionReset[]> {
    return this.withGroups(async (groups) => {
      const partitions = await this.planIn(groups, place, target);
      await assertEmpty(groups, place.group);
      await this.options.resets.remember({ ...place, actor }, (await this.look(groups, place)).committed);
      await groups.commit(place.group, place.topic, toOffsets(partitions));
      return partitions;
    });
  }

  /** Looks only: what undoing the latest reset would do. @throws HubError HUB_NOT_FOUND when there is none; as {@link OffsetsDesk.plan} */
  async planUndo(place: GroupOfTopic): Promise<readonly PartitionReset[]> {
    return (await this.withGroups((groups) => this.planUndoIn(groups, place))).partitions;
  }

  /** Partitions of which nothing had been committed stay where the reset put them. @throws HubError as {@link OffsetsDesk.reset} */
  undo(place: GroupOfTopic): Promise<readonly PartitionReset[]> {
    return this.withGroups(async (groups) => {
      const { id, partitions } = await this.planUndoIn(groups, place);
      await assertEmpty(groups, place.group);
      if (partitions.length > 0) await groups.commit(place.group, place.topic, toOffsets(partitions));
      await this.options.resets.markUndone(id);
      return partitions;
    });
  }

  private async planIn(groups: KafkaGroups, place: GroupOfTopic, target: ResetTarget): Promise<PartitionReset[]> {
    const facts = await this.look(groups, place);
    const { topics } = this.options;
    const atTime = target.kind === 'time' ? await topics.offsetsAt(place.topic, target.timeMs) : null;
    return planReset(target, { ...facts, atTime });
  }

  private async planUndoIn(groups: KafkaGroups, place: GroupOfTopic): Promise<PlannedUndo> {
    const { group, topic } = place;
    const { committed, ranges } = await this.look(groups, place);
    const latest = await this.options.resets.findLatest(group, topic);
    if (!latest)
      throw new HubError('HUB_NOT_FOUND', `No reset of ${group} on ${topic} can be undone.`, { group, topic });
    const partitions = [...latest.previous].flatMap(([partition, offset]) => {
      const range = ranges.get(partition);
      const here = new Map(range ? [[partition, range]] : []);
      return planReset({ kind: 'offset', offset }, { ranges: here, committed, atTime: null });
    });
    return { id: latest.id, partitions };
  }

  private async look(groups: KafkaGroups, { group, topic }: GroupOfTopic): Promise<Facts> {
    const { topics, hubGroups } = this.options;
    assertOwnGroup(group, hubGroups);
    const ranges = await topics.offsets(topic);
    if (!(await groups.find(group)))
      throw new HubError('HUB_NOT_FOUND', `There is no consumer group ${group}.`, { group });
    return { ranges, committed: await groups.committed(group, topic) };
  }

  private withGroups<T>(work: (groups: KafkaGroups) => Promise<T>): Promise<T> {
    return KafkaGroups.during(this.options.connection, work);
  }
}

/** @throws HubError HUB_GROUP_ACTIVE */
async function assertEmpty(groups: KafkaGroups, group: string): Promise<void> {
  const found = await groups.find(group);
  if (!found || found.state === 'Empty') return;
  const members = found.members.map(({ clientId, host }) => `${clientId}${host}`);
  const message = `The group ${group} has members (${found.state}): ${members.join(', ')}.`;
  throw new HubError('HUB_GROUP_ACTIVE', message, { group, state: found.state, members });
}

function toOffsets(partitions: readonly PartitionReset[]): Map<number, bigint> {
  return new Map(partitions.map(({ partition, to }) => [partition, to]));
}
