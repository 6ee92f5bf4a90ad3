import { HubError, type Instant } from '#kernel';
import {
  replaySelectionSchema,
  type ReplayClaim,
  type ReplayJob,
  type ReplayOrder,
  type ReplayPosition,
  type ReplayRunner,
  type ReplayState,
  type ReplayStep,
  type ReplayStore,
} from '#replay';
import type { Database, Sql } from '../database.js';
import { instantSql } from '../golden/golden-rows.js';

interface ReplayRow {
  readonly id: string;
  readonly definition: Omit<ReplayOrder, 'id' | 'windows'>;
  readonly state: ReplayState;
  readonly problem: string | null;
  readonly created: Instant;
  readonly changed: Instant;
}

interface PositionRow {
  readonly replay_id: string;
  readonly partition: number;
  readonly from_offset: string;
  readonly until_offset: string;
  readonly next_offset: string;
  readonly sent: string;
  readonly unreadable: string;
}

const COLUMNS = `id, definition, state, problem, ${instantSql('created_at')} AS created, ${instantSql('changed_at')} AS changed`;
const UNFINISHED = `('running', 'paused', 'failed')`;

const INSERT = `
  INSERT INTO replay (id, target, definition, state) VALUES ($1, $2, $3, 'paused') ON CONFLICT DO NOTHING RETURNING id`;
const INSERT_POSITIONS = `
  INSERT INTO replay_position (replay_id, partition, from_offset, until_offset, next_offset)
  SELECT $1, partition, first, until, first FROM unnest($2::int[], $3::bigint[], $4::bigint[]) AS w (partition, first, until)`;
const CLAIM = `
  UPDATE replay SET state = 'running', problem = NULL, owner = $2, lease_ms = $3, runner = $4, changed_at = clock_timestamp(),
    leased_until = clock_timestamp() + $3::int * interval '1 millisecond'
  WHERE id = $1 AND state IN ${UNFINISHED} AND (owner IN ('', $2) OR leased_until <= clock_timestamp()) RETURNING id`;
/** Locks the replay's row first: a claim at the same time comes before or after the whole step. */
const PROLONG = `
  UPDATE replay SET changed_at = clock_timestamp(),
    leased_until = clock_timestamp() + lease_ms * interval '1 millisecond'
  WHERE id = $1 AND owner = $2 RETURNING state`;
const ADVANCE = `
  UPDATE replay_position SET next_offset = GREATEST(next_offset, $4),
    sent = sent + CASE WHEN next_offset = $3 THEN $5 ELSE 0 END,
    unreadable = unreadable + CASE WHEN next_offset = $3 THEN $6 ELSE 0 END
  WHERE replay_id = $1 AND partition = $2`;
const END = `
  UPDATE replay SET owner = '', leased_until = '-infinity', changed_at = clock_timestamp(),
    state = CASE WHEN state = 'running' THEN $3 ELSE state END,
    problem = CASE WHEN state = 'running' THEN $4 ELSE problem END
  WHERE id = $1 AND owner = $2`;
const ABANDONED = `
  SELECT id FROM replay WHERE runner = 'hub' AND state = 'running' AND leased_until <= clock_timestamp() ORDER BY created_at, id`;
const PAUSE = `UPDATE replay SET state = 'paused' WHERE id = $1 AND state = 'running' RETURNING id`;
const ABORT = `UPDATE replay SET state = 'aborted' WHERE id = $1 AND state IN ${UNFINISHED} RETURNING id`;

/** Replays in PostgreSQL: a step is one transaction, under the lock of the replay's row. */
export class PostgresReplayStore implements ReplayStore {
  constructor(private readonly database: Database) {}

  async create({ id, windows, ...definition }: ReplayOrder): Promise<void> {
    const target = definition.destination.topic;
    await this.database.transaction(async (sql) => {
      const made = await sql.query(INSERT, [id, target, JSON.stringify(definition)]);
      if (made.length === 0) throw await busy(sql, target);
      await sql.query(INSERT_POSITIONS, [
        id,
        windows.map(({ partition }) => partition),
        windows.map(({ fromOffset }) => String(fromOffset)),
        windows.map(({ untilOffset }) => String(untilOffset)),
      ]);
    });
  }

  async find(id: string): Promise<ReplayJob | null> {
    const rows = await this.database.query<ReplayRow>(`SELECT ${COLUMNS} FROM replay WHERE id = $1`, [id]);
    return (await this.toJobs(rows))[0] ?? null;
  }

  async list(limit: number): Promise<readonly ReplayJob[]> {
    const text = `SELECT ${COLUMNS} FROM replay ORDER BY created_at DESC, id DESC LIMIT $1`;
    return this.toJobs(await this.database.query<ReplayRow>(text, [limit]));
  }

  async claim(id: string, owner: string, leaseMs: number, runner: ReplayRunner): Promise<ReplayClaim> {
    const claimed = await this.database.query(CLAIM, [id, owner, leaseMs, runner]);
    const job = await this.find(id);
    if (!job) return { kind: 'absent' };
    if (claimed.length > 0) return { kind: 'claimed', job };
    return job.state === 'done' || job.state === 'aborted' ? { kind: 'ended', state: job.state } : { kind: 'busy' };
  }

  async findAbandoned(): Promise<readonly string[]> {
    return (await this.database.query<{ readonly id: string }>(ABANDONED)).map(({ id }) => id);
  }

  advance(id: string, owner: string, step: ReplayStep | null): Promise<ReplayState> {
    return this.database.transaction(async (sql) => {
      const [row] = await sql.query<{ readonly state: ReplayState }>(PROLONG, [id, owner]);
      if (!row) throw new HubError('HUB_LEASE_LOST', 'Another process runs this replay.', { id });
      if (step) {
        const { partition, fromOffset, nextOffset, sent, unreadable } = step;
        await sql.query(ADVANCE, [id, partition, String(fromOffset), String(nextOffset), sent, unreadable]);
      }
      return row.state;
    });
  }

  async end(
    id: string,
    owner: string,
    { state, problem }: { readonly state: ReplayState; readonly problem: string | null },
  ): Promise<void> {
    await this.database.query(END, [id, owner, state, problem]);
  }

  async order(id: string, wanted: 'paused' | 'aborted'): Promise<boolean> {
    return (await this.database.query(wanted === 'paused' ? PAUSE : ABORT, [id])).length > 0;
  }

  private async toJobs(rows: readonly ReplayRow[]): Promise<ReplayJob[]> {
    const text = 'SELECT * FROM replay_position WHERE replay_id = ANY($1::text[]) ORDER BY replay_id, partition';
    const positions = await this.database.query<PositionRow>(text, [rows.map(({ id }) => id)]);
    return rows.map((row) => toJob(row, positions.filter(({ replay_id: id }) => id === row.id).map(toPosition)));
  }
}

async function busy(sql: Sql, target: string): Promise<HubError> {
  const text = `SELECT id FROM replay WHERE target = $1 AND state IN ${UNFINISHED}`;
  const [other] = await sql.query<{ readonly id: string }>(text, [target]);
  const id = other?.id ?? '';
  return new HubError('HUB_REPLAY_BUSY', `The replay ${id} into ${target} is not ended.`, { id, topic: target });
}

function toJob(
  { id, definition, state, problem, created, changed }: ReplayRow,
  positions: ReplayPosition[],
): ReplayJob {
  return {
    ...{ id, ...definition, selection: replaySelectionSchema.parse(definition.selection) },
    windows: positions.map(({ partition, fromOffset, untilOffset }) => ({ partition, fromOffset, untilOffset })),
    ...{ state, problem, positions, createdAt: created, changedAt: changed },
  };
}

function toPosition(row: PositionRow): ReplayPosition {
  return {
    partition: row.partition,
    fromOffset: BigInt(row.from_offset),
    untilOffset: BigInt(row.until_offset),
    nextOffset: BigInt(row.next_offset),
    sent: Number(row.sent),
    unreadable: Number(row.unreadable),
  };
}
