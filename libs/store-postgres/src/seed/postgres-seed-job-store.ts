import { HubError, type Instant } from '#kernel';
import {
  destinationName,
  type SeedClaim,
  type SeedEnd,
  type SeedJob,
  type SeedJobProgress,
  type SeedJobState,
  type SeedJobStore,
  type SeedOrder,
  type SeedProblem,
} from '#replay';
import type { Database } from '../database.js';
import { instantSql } from '../golden/golden-rows.js';

type Definition = Omit<SeedOrder, 'id' | 'windows'> & {
  readonly windows: readonly { readonly partition: number; readonly from: string; readonly until: string }[];
};
type Progress = Omit<SeedJobProgress, 'positions' | 'scans'> & {
  /** Absent in seeds of earlier versions. */
  readonly scans?: SeedJobProgress['scans'];
  readonly positions: readonly { readonly partition: number; readonly next: string; readonly until: string }[];
};

interface JobRow {
  readonly id: string;
  readonly definition: Definition;
  readonly state: SeedJobState;
  readonly problem: SeedProblem | null;
  readonly progress: Progress | null;
  readonly certificate: string | null;
  readonly created: Instant;
  readonly changed: Instant;
}

const COLUMNS = `id, definition, state, problem, progress, certificate,
  ${instantSql('created_at')} AS created, ${instantSql('changed_at')} AS changed`;
const INSERT = `
  INSERT INTO seed_job (id, target, definition, state) VALUES ($1, $2, $3, 'running') ON CONFLICT DO NOTHING RETURNING id`;
const CLAIM = `
  UPDATE seed_job SET owner = $2, lease_ms = $3, changed_at = clock_timestamp(),
    leased_until = clock_timestamp() + $3::int * interval '1 millisecond'
  WHERE id = $1 AND state = 'running' AND (owner IN ('', $2) OR leased_until <= clock_timestamp()) RETURNING id`;
const ADVANCE = `
  UPDATE seed_job SET progress = COALESCE($3::json, progress), changed_at = clock_timestamp(),
    leased_until = clock_timestamp() + lease_ms * interval '1 millisecond'
  WHERE id = $1 AND owner = $2 RETURNING state`;
const END = `
  UPDATE seed_job SET owner = '', leased_until = '-infinity', changed_at = clock_timestamp(),
    progress = COALESCE($3::json, progress),
    problem = CASE WHEN state = 'running' THEN $5::json ELSE problem END,
    certificate = CASE WHEN state = 'running' THEN $6 ELSE certificate END,
    state = CASE WHEN state = 'running' THEN $4 ELSE state END
  WHERE id = $1 AND owner = $2`;
const ABANDONED = `
  SELECT id FROM seed_job WHERE state = 'running' AND leased_until <= clock_timestamp() ORDER BY created_at, id`;
const ABORT = `
  UPDATE seed_job SET state = 'aborted', changed_at = clock_timestamp() WHERE id = $1 AND state = 'running' RETURNING id`;

/** Seeds in PostgreSQL: every change is one statement on the seed's row. */
export class PostgresSeedJobStore implements SeedJobStore {
  constructor(private readonly database: Database) {}

  async create({ id, windows, ...order }: SeedOrder): Promise<void> {
    const target = destinationName(order.destination);
    const kept = windows.map(({ partition, fromOffset, untilOffset }) => {
      return { partition, from: String(fromOffset), until: String(untilOffset) };
    });
    const made = await this.database.query(INSERT, [id, target, JSON.stringify({ ...order, windows: kept })]);
    if (made.length === 0) throw await this.busy(target);
  }

  async find(id: string): Promise<SeedJob | null> {
    const [row] = await this.database.query<JobRow>(`SELECT ${COLUMNS} FROM seed_job WHERE id = $1`, [id]);
    return row ? toJob(row) : null;
  }

  async list(limit: number): Promise<readonly SeedJob[]> {
    const text = `SELECT ${COLUMNS} FROM seed_job ORDER BY created_at DESC, id DESC LIMIT $1`;
    return (await this.database.query<JobRow>(text, [limit])).map(toJob);
  }

  async claim(id: string, owner: string, leaseMs: number): Promise<SeedClaim> {
    const claimed = await this.database.query(CLAIM, [id, owner, leaseMs]);
    const job = await this.find(id);
    if (!job) return { kind: 'absent' };
    if (claimed.length > 0) return { kind: 'claimed', job };
    return job.state === 'running' ? { kind: 'busy' } : { kind: 'ended', state: job.state };
  }

  async findAbandoned(): Promise<readonly string[]> {
    return (await this.database.query<{ readonly id: string }>(ABANDONED)).map(({ id }) => id);
  }

  async advance(id: string, owner: string, progress: SeedJobProgress | null): Promise<SeedJobState> {
    const values = [id, owner, progressText(progress)];
    const [row] = await this.database.query<{ readonly state: SeedJobState }>(ADVANCE, values);
    if (row) return row.state;
    throw new HubError('HUB_LEASE_LOST', 'Another process runs this seed.', { id });
  }

  async end(
    id: string,
    owner: string,
    { state, problem, certificate, progress }: SeedEnd & { readonly progress: SeedJobProgress | null },
  ): Promise<void> {
    const kept = problem && JSON.stringify(problem);
    await this.database.query(END, [id, owner, progressText(progress), state, kept, certificate]);
  }

  async abort(id: string): Promise<boolean> {
    return (await this.database.query(ABORT, [id])).length > 0;
  }

  private async busy(target: string): Promise<HubError> {
    const text = `SELECT id FROM seed_job WHERE target = $1 AND state = 'running'`;
    const [other] = await this.database.query<{ readonly id: string }>(text, [target]);
    const id = other?.id ?? '';
    return new HubError('HUB_SEED_BUSY', `The seed ${id} into ${target} is running.`, { id, target });
  }
}

function progressText(progress: SeedJobProgress | null): string | null {
  if (!progress) return null;
  const positions = progress.positions.map(({ partition, nextOffset, untilOffset }) => {
    return { partition, next: String(nextOffset), until: String(untilOffset) };
  });
  return JSON.stringify({ ...progress, positions });
}

function toJob({ id, definition, created, changed, progress, ...row }: JobRow): SeedJob {
  return {
    ...{ id, ...definition, ...row, createdAt: created, changedAt: changed },
    windows: definition.windows.map(({ partition, from, until }) => {
      return { partition, fromOffset: BigInt(from), untilOffset: BigInt(until) };
    }),
    progress: progress && {
      ...{ scans: [], ...progress },
      positions: progress.positions.map(({ partition, next, until }) => {
        return { partition, nextOffset: BigInt(next), untilOffset: BigInt(until) };
      }),
    },
  };
}
