import { HubError, instantOfMs } from '#kernel';
import type {
  ReplayClaim,
  ReplayJob,
  ReplayOrder,
  ReplayPosition,
  ReplayRunner,
  ReplayState,
  ReplayStep,
  ReplayStore,
} from './replay-ports.js';

interface Kept {
  readonly job: ReplayJob;
  readonly owner: string;
  readonly leasedUntilMs: number;
  readonly leaseMs: number;
  readonly runner: ReplayRunner;
}

const UNFINISHED: readonly ReplayState[] = ['running', 'paused', 'failed'];

/** Fake of a replay store for tests; passes the same contract suite as the real one. */
export class InMemoryReplayStore implements ReplayStore {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly nowMs: () => number) {}

  async create(order: ReplayOrder): Promise<void> {
    const { topic } = order.destination;
    for (const { job } of this.kept.values())
      if (job.destination.topic === topic && UNFINISHED.includes(job.state))
        throw new HubError('HUB_REPLAY_BUSY', `The replay ${job.id} into ${topic} is not ended.`, {
          id: job.id,
          topic,
        });
    const at = instantOfMs(this.nowMs());
    const positions = order.windows.map((window): ReplayPosition => ({
      ...window,
      nextOffset: window.fromOffset,
      sent: 0,
      unreadable: 0,
    }));
    const job: ReplayJob = { ...order, state: 'paused', problem: null, positions, createdAt: at, changedAt: at };
    this.kept.set(order.id, { job, owner: '', leasedUntilMs: 0, leaseMs: 0, runner: 'command' });
  }

  async find(id: string): Promise<ReplayJob | null> {
    return this.kept.get(id)?.job ?? null;
  }

  async list(limit: number): Promise<readonly ReplayJob[]> {
    return [...this.kept.values()]
      .map(({ job }) => job)
      .reverse()
      .slice(0, limit);
  }

  async claim(id: string, owner: string, leaseMs: number, runner: ReplayRunner): Promise<ReplayClaim> {
    const kept = this.kept.get(id);
    if (!kept) return { kind: 'absent' };
    if (!UNFINISHED.includes(kept.job.state)) return { kind: 'ended', state: kept.job.state };
    if (kept.owner !== '' && kept.owner !== owner && kept.leasedUntilMs > this.nowMs()) return { kind: 'busy' };
    const job: ReplayJob = { ...kept.job, state: 'running', problem: null };
    this.kept.set(id, { job, owner, leaseMs, runner, leasedUntilMs: this.nowMs() + leaseMs });
    return { kind: 'claimed', job };
  }

  async findAbandoned(): Promise<readonly string[]> {
    const isAbandoned = ({ job, runner, leasedUntilMs }: Kept): boolean =>
      runner === 'hub' && job.state === 'running' && leasedUntilMs <= this.nowMs();
    return [...this.kept.values()].filter(isAbandoned).map(({ job }) => job.id);
  }

  async advance(id: string, owner: string, step: ReplayStep | null): Promise<ReplayState> {
    const kept = this.kept.get(id);
    if (kept?.owner !== owner) throw new HubError('HUB_LEASE_LOST', 'Another process runs this replay.', { id });
    const positions = kept.job.positions.map((position) =>
      position.partition === step?.partition ? add(position, step) : position,
    );
    const job = { ...kept.job, positions, changedAt: instantOfMs(this.nowMs()) };
    this.kept.set(id, { ...kept, job, leasedUntilMs: this.nowMs() + kept.leaseMs });
    return job.state;
  }

  async end(
    id: string,
    owner: string,
    how: { readonly state: ReplayState; readonly problem: string | null },
  ): Promise<void> {
    const kept = this.kept.get(id);
    if (kept?.owner !== owner) return;
    const job = kept.job.state === 'running' ? { ...kept.job, ...how } : kept.job;
    this.kept.set(id, { ...kept, job, owner: '', leasedUntilMs: 0 });
  }

  async order(id: string, wanted: 'paused' | 'aborted'): Promise<boolean> {
    const kept = this.kept.get(id);
    if (!kept) return false;
    const from = wanted === 'paused' ? ['running'] : UNFINISHED;
    if (!from.includes(kept.job.state)) return false;
    this.kept.set(id, { ...kept, job: { ...kept.job, state: wanted } });
    return true;
  }
}

function add(position: ReplayPosition, { fromOffset, nextOffset, sent, unreadable }: ReplayStep): ReplayPosition {
  const isNew = position.nextOffset === fromOffset;
  return {
    ...position,
    nextOffset: nextOffset > position.nextOffset ? nextOffset : position.nextOffset,
    sent: position.sent + (isNew ? sent : 0),
    unreadable: position.unreadable + (isNew ? unreadable : 0),
  };
}
