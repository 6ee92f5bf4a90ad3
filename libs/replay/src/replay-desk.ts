import { randomUUID } from 'node:crypto';
import { HubError, type Clock, type Logger } from '#kernel';
import { exploreReplay, type ReplayPreview } from './explore-replay.js';
import { countOffsets, findWindows } from './plan-replay.js';
import type { ReaderGroup, ReplayCluster } from './replay-cluster.js';
import { laneName, toLane, toOwnTopic, type DestinationFacts } from './replay-destination.js';
import { compileFilter, type RecordReader } from './replay-filter.js';
import type {
  PartitionWindow,
  ReplayDestination,
  ReplayJob,
  ReplayPaceLimit,
  ReplayRunner,
  ReplayStore,
} from './replay-ports.js';
import { ReplayRun, type ReplayOutcome, type ReplayRunOptions } from './replay-run.js';
import type { ReplaySelection } from './replay-selection.js';

/** What somebody wants to have replayed. */
export interface ReplayRequest {
  readonly source: string;
  readonly to:
    | { readonly kind: 'lane'; readonly group: string }
    | { readonly kind: 'topic'; readonly topic: string; readonly append: boolean };
  readonly selection: ReplaySelection;
  readonly pace: ReplayPaceLimit;
}

/** What a replay would do; nothing has been done yet. */
export interface ReplayPlan extends ReplayRequest {
  readonly destination: ReplayDestination;
  readonly windows: readonly PartitionWindow[];
  /** Offsets in the windows: at least as many as messages. */
  readonly offsets: bigint;
  /** Who gets what is replayed. */
  readonly affected: readonly ReaderGroup[];
  /** What the operator should know before. */
  readonly warnings: readonly string[];
}

/** What the desk works with. */
export interface ReplayDeskOptions {
  readonly cluster: ReplayCluster;
  readonly store: ReplayStore;
  readonly records: RecordReader;
  /** Topic prefix of the hub, and the topics that its file names. */
  readonly prefix: string;
  readonly hubTopics: ReadonlySet<string>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a run may be told besides. */
export interface RunSettings extends Pick<ReplayRunOptions, 'onProgress' | 'failpoint' | 'stoppedAs'> {
  /** A `command` unless said. */
  readonly runner?: ReplayRunner;
}

/** A replay that runs. */
export interface ReplayStart {
  /** Why it failed is thrown. */
  readonly ended: Promise<ReplayOutcome>;
}

const LEASE_MS = 6_000;
const CLAIM_EVERY_MS = 500;
/** A runner that was killed has its lease no longer after that; one that was told to pause has seen it. */
const CLAIM_WITHIN_MS = 15_000;

/** Plans, orders and runs replays: what a command line, an HTTP API and a page have in common. */
export class ReplayDesk {
  constructor(private readonly options: ReplayDeskOptions) {}

  /**
   * Looks only.
   * @throws HubError HUB_TOPIC_MISSING, HUB_NOT_FOUND for a group that there is not, HUB_REPLAY_REFUSED, HUB_REQUEST_INVALID, HUB_BROKER_*
   */
  async plan(request: ReplayRequest): Promise<ReplayPlan> {
    const { cluster, records } = this.options;
    compileFilter(request.selection, records);
    const partitions = await cluster.partitionsOf(request.source);
    if (partitions === null)
      throw new HubError('HUB_TOPIC_MISSING', `There is no topic ${request.source}.`, { topic: request.source });
    const windows = await findWindows(cluster.source(request.source), request.selection);
    const topic = this.targetOf(request);
    const affected = await cluster.readersOf(topic);
    const destination = await this.judge(request, { topic, partitions, affected });
    const warnings = findWarnings(destination, affected);
    return { ...request, destination, windows, offsets: countOffsets(windows), affected, warnings };
  }

  /** Reads what a plan would replay and counts it. @throws HubError HUB_BROKER_*, HUB_REGISTRY_UNREACHABLE */
  preview(
    plan: ReplayPlan,
    signal: AbortSignal,
    onProgress: (messages: number) => void = () => undefined,
  ): Promise<ReplayPreview> {
    const { cluster, records } = this.options;
    const { source, windows, selection } = plan;
    const filter = compileFilter(selection, records);
    return exploreReplay({ source: cluster.source(source), windows, filter, keys: selection.keys, signal, onProgress });
  }

  /** Refuses a replay by keys of which there is none. @throws HubError HUB_NOT_FOUND; as {@link ReplayDesk.preview} */
  async assertKeysFound(plan: ReplayPlan, signal: AbortSignal): Promise<void> {
    if (plan.selection.keys && (await this.preview(plan, signal)).selected === 0)
      throw new HubError('HUB_NOT_FOUND', 'No message in this range has one of these keys.', { topic: plan.source });
  }

  /**
   * Makes the target and stores the replay, which then waits to be run. @returns its id
   * @throws HubError HUB_REPLAY_BUSY, HUB_BROKER_*, HUB_DATABASE_*
   */
  async order({ source, destination, windows, selection, pace }: ReplayPlan, actor: string): Promise<string> {
    const { cluster, store } = this.options;
    const id = `replay-${randomUUID().slice(0, 8)}`;
    await cluster.ensure(destination.topic, destination.kind, (await cluster.partitionsOf(source)) ?? 1);
    await store.create({ id, source, destination, windows, selection, pace, actor });
    return id;
  }

  /**
   * Runs or resumes a replay until it is done, someone pauses or aborts it, or the signal pauses it.
   * @throws HubError HUB_NOT_FOUND, HUB_REPLAY_BUSY while another process runs it, HUB_REPLAY_REFUSED when it has ended; why it failed
   */
  async run(id: string, signal: AbortSignal, settings: RunSettings = {}): Promise<ReplayOutcome> {
    return (await this.start(id, signal, settings)).ended;
  }

  /** As {@link ReplayDesk.run}, but resolves as soon as this process is the one that runs it. @throws HubError as it does */
  async start(
    id: string,
    signal: AbortSignal,
    { runner = 'command', ...settings }: RunSettings = {},
  ): Promise<ReplayStart> {
    const { cluster, records, store, clock, logger } = this.options;
    const owner = randomUUID();
    const job = await this.claim(id, { owner, runner }, signal);
    const run = new ReplayRun(job, owner, {
      ...{ store, clock, logger, leaseMs: LEASE_MS, ...settings },
      source: cluster.source(job.source),
      target: cluster.target(job.destination.topic),
      filter: compileFilter(job.selection, records),
    });
    return { ended: run.run(signal) };
  }

  /** Lets a replay stop after what it is sending, whoever runs it. @throws HubError HUB_NOT_FOUND, HUB_REPLAY_REFUSED */
  async halt(id: string, wanted: 'paused' | 'aborted'): Promise<ReplayJob> {
    const isTaken = await this.options.store.order(id, wanted);
    const job = await this.getJob(id);
    if (isTaken) return job;
    throw new HubError('HUB_REPLAY_REFUSED', `The replay ${id} is ${job.state}: it can't be ${wanted}.`, { id });
  }

  /** A replay as it stands. @throws HubError HUB_NOT_FOUND */
  async getJob(id: string): Promise<ReplayJob> {
    const job = await this.options.store.find(id);
    if (job) return job;
    throw new HubError('HUB_NOT_FOUND', `There is no replay ${id}.`, { id });
  }

  private async claim(
    id: string,
    { owner, runner }: { readonly owner: string; readonly runner: ReplayRunner },
    signal: AbortSignal,
  ): Promise<ReplayJob> {
    const { store, clock } = this.options;
    const endsAtMs = clock.nowMs() + CLAIM_WITHIN_MS;
    for (;;) {
      const claim = await store.claim(id, owner, LEASE_MS, runner);
      switch (claim.kind) {
        case 'claimed':
          return claim.job;
        case 'absent':
          throw new HubError('HUB_NOT_FOUND', `There is no replay ${id}.`, { id });
        case 'ended':
          throw new HubError('HUB_REPLAY_REFUSED', `The replay ${id} is ${claim.state} and can't go on.`, { id });
        case 'busy':
          if (signal.aborted || clock.nowMs() > endsAtMs)
            throw new HubError('HUB_REPLAY_BUSY', `Another process runs the replay ${id}.`, { id });
          await clock.sleep(CLAIM_EVERY_MS, signal);
      }
    }
  }

  private targetOf({ to, source }: ReplayRequest): string {
    return to.kind === 'topic' ? to.topic : laneName(this.options.prefix, to.group, source);
  }

  private async judge(
    { source, to }: ReplayRequest,
    found: { readonly topic: string; readonly partitions: number; readonly affected: readonly ReaderGroup[] },
  ): Promise<ReplayDestination> {
    const { cluster, prefix, hubTopics } = this.options;
    const { topic, partitions, affected } = found;
    const facts: DestinationFacts = {
      ...{ prefix, hubTopics, source: { topic: source, partitions }, append: to.kind === 'topic' && to.append },
      target: {
        partitions: await cluster.partitionsOf(topic),
        isEmpty: await cluster.isEmpty(topic),
        readers: affected.map(({ groupId }) => groupId),
      },
    };
    if (to.kind === 'topic') return toOwnTopic(topic, facts);
    if (!(await cluster.hasGroup(to.group)))
      throw new HubError('HUB_NOT_FOUND', `There is no consumer group ${to.group}: start it first.`, {
        group: to.group,
      });
    return toLane(topic, to.group, facts);
  }
}

function findWarnings(
  { kind, topic, group, keepsPartitions }: ReplayDestination,
  affected: readonly ReaderGroup[],
): string[] {
  const warnings: string[] = [];
  if (kind === 'lane' && !affected.some(({ isSubscribed }) => isSubscribed))
    warnings.push(`${group} does not read ${topic} now; what is replayed waits there for 7 days.`);
  if (!keepsPartitions)
    warnings.push(`${topic} has another number of partitions: messages go where their keys say, in order per key.`);
  return warnings;
}
