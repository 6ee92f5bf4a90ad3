import { HubError, instantOfMs } from '#kernel';
import {
  destinationName,
  type SeedClaim,
  type SeedEnd,
  type SeedJob,
  type SeedJobProgress,
  type SeedJobState,
  type SeedJobStore,
  type SeedOrder,
} from './seed-job-ports.js';

interface Kept {
  readonly job: SeedJob;
  readonly owner: string;
  readonly leasedUntilMs: number;
  readonly leaseMs: number;
}

/** Fake of a store of seeds for tests; passes the same contract suite as the real one. */
export class InMemorySeedJobStore implements SeedJobStore {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly nowMs: () => number) {}

  async create(order: SeedOrder): Promise<void> {
    const target = destinationName(order.destination);
    for (const { job } of this.kept.values())
      if (job.state === 'running' && destinationName(job.destination) === target)
        throw new HubError('HUB_SEED_BUSY', `The seed ${job.id} into ${target} is running.`, { id: job.id, target });
    const at = instantOfMs(this.nowMs());
    const none = { problem: null, certificate: null, progress: null };
    const job: SeedJob = { ...order, ...none, state: 'running', createdAt: at, changedAt: at };
    this.kept.set(order.id, { job, owner: '', leasedUntilMs: 0, leaseMs: 0 });
  }

  async find(id: string): Promise<SeedJob | null> {
    return this.kept.get(id)?.job ?? null;
  }

  async list(limit: number): Promise<readonly SeedJob[]> {
    return [...this.kept.values()]
      .map(({ job }) => job)
      .reverse()
      .slice(0, limit);
  }

  async claim(id: string, owner: string, leaseMs: number): Promise<SeedClaim> {
    const kept = this.kept.get(id);
    if (!kept) return { kind: 'absent' };
    if (kept.job.state !== 'running') return { kind: 'ended', state: kept.job.state };
    if (kept.owner !== owner && kept.leasedUntilMs > this.nowMs()) return { kind: 'busy' };
    this.kept.set(id, { ...kept, owner, leaseMs, leasedUntilMs: this.nowMs() + leaseMs });
    return { kind: 'claimed', job: kept.job };
  }

  async findAbandoned(): Promise<readonly string[]> {
    const isAbandoned = ({ job, leasedUntilMs }: Kept): boolean =>
      job.state === 'running' && leasedUntilMs <= this.nowMs();
    return [...this.kept.values()].filter(isAbandoned).map(({ job }) => job.id);
  }

  async advance(id: string, owner: string, progress: SeedJobProgress | null): Promise<SeedJobState> {
    const kept = this.kept.get(id);
    if (kept?.owner !== owner) throw new HubError('HUB_LEASE_LOST', 'Another process runs this seed.', { id });
    const job = { ...kept.job, progress: progress ?? kept.job.progress, changedAt: instantOfMs(this.nowMs()) };
    this.kept.set(id, { ...kept, job, leasedUntilMs: this.nowMs() + kept.leaseMs });
    return job.state;
  }

  async end(
    id: string,
    owner: string,
    { progress, ...how }: SeedEnd & { readonly progress: SeedJobProgress | null },
  ): Promise<void> {
    const kept = this.kept.get(id);
    if (kept?.owner !== owner) return;
    const job = { ...kept.job, progress: progress ?? kept.job.progress };
    this.kept.set(id, {
      ...kept,
      job: job.state === 'running' ? { ...job, ...how } : job,
      owner: '',
      leasedUntilMs: 0,
    });
  }

  async abort(id: string): Promise<boolean> {
    const kept = this.kept.get(id);
    if (kept?.job.state !== 'running') return false;
    this.kept.set(id, { ...kept, job: { ...kept.job, state: 'aborted' } });
    return true;
  }
}
