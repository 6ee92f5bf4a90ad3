import fc from 'fast-check';
import pg from 'pg';
import { HubError, systemClock, withArrayLiterals } from '#kernel';
import { encodeHeaders, type OutboxMessage, type OutboxRow } from '#outbox';
import { PostgresOutboxAppender, type Database } from '#store-postgres';
import { brokenPromises, type Published, type Written } from './outbox-promises.js';

/** One transaction: it takes the key's lock, draws its numbers, ends. Some get their transaction id before the lock. */
export interface Writing {
  readonly key: 'a' | 'b';
  readonly rows: 1 | 2;
  readonly takesIdFirst: boolean;
  readonly commits: boolean;
}

/** Who moves when: a turn below the number of writings is that writer's, another the relays'. */
export interface Interleaving {
  readonly writings: readonly Writing[];
  readonly turns: readonly number[];
  /** What befalls the n-th publish. */
  readonly faults: readonly ('none' | 'refused' | 'unanswered' | 'killed')[];
}

export const WRITERS = 4;
const NEVER_MS = 5_000;

/** Interleavings of up to four transactions with a relay; with `faults`, publishes fail and relays die behind them. */
export function interleavings(faults: 'faults' | 'none'): fc.Arbitrary<Interleaving> {
  const writing: fc.Arbitrary<Writing> = fc.record({
    key: fc.constantFrom('a', 'a', 'b'),
    rows: fc.constantFrom(1, 1, 2),
    takesIdFirst: fc.boolean(),
    commits: fc.constantFrom(true, true, true, false),
  } as const);
  const fault = fc.constantFrom('none', 'none', 'refused', 'unanswered', 'killed');
  return fc.record({
    writings: fc.array(writing, { minLength: 2, maxLength: WRITERS }),
    turns: fc.array(fc.nat({ max: 2 * WRITERS - 1 }), { minLength: 8, maxLength: 36 }),
    faults: faults === 'none' ? fc.constant([]) : fc.array(fault, { maxLength: 6 }),
  } as const);
}

/** A relay that moves only when told: one call of a port, or one statement, at a time. */
export interface SteppedRelay {
  /** @param pick which of the calls that wait, where several do */
  step(pick: number): Promise<void>;
  /** True when it looked last and found nothing, and nothing of its own is left. */
  isDone(): Promise<boolean>;
  close(): Promise<void>;
}

/** One outbox with its writers' connections. */
export interface Lane {
  readonly database: Database;
  readonly writers: readonly pg.Client[];
  /** Makes its advisory locks its own: they belong to the whole database. */
  readonly number: number;
}

/** Opens a lane. `synchronous` waits for the disk at each commit, without which a stream brings nothing. */
export async function openLane(database: Database, number: number, synchronous: boolean): Promise<Lane> {
  const { url, schema } = database.place;
  const writers = Array.from({ length: WRITERS }, () => {
    const options = `-c search_path=${schema} -c synchronous_commit=${synchronous ? 'on' : 'off'} -c jit=off`;
    return new pg.Client({ connectionString: url, options });
  });
  await Promise.all(writers.map((writer) => writer.connect()));
  return { database, writers, number };
}

export async function closeLane(lane: Lane): Promise<void> {
  await Promise.all(lane.writers.map((writer) => writer.end()));
  await lane.database.close();
}

/** Everything that one interleaving writes and publishes. */
export class Play {
  readonly written: Written[] = [];
  readonly published: Published[] = [];
  private readonly faults: Interleaving['faults'][number][];
  private readonly ended = new Set<number>();
  /** Keys that are locked. */
  private readonly locked = new Set<string>();

  constructor(
    private readonly lane: Lane,
    private readonly interleaving: Interleaving,
  ) {
    this.faults = [...interleaving.faults];
  }

  /** The publisher of every relay of this play. @throws HubError HUB_BROKER_UNREACHABLE as planned */
  publish(rows: readonly OutboxRow[]): 'killed' | 'alive' {
    const fault = this.faults.shift() ?? 'none';
    if (fault === 'refused') throw new HubError('HUB_BROKER_UNREACHABLE', 'planted before');
    for (const { key, value } of rows)
      this.published.push({ key, text: value.toString(), isCommitted: this.isCommitted(value.toString()) });
    if (fault === 'unanswered') throw new HubError('HUB_BROKER_UNREACHABLE', 'planted after');
    return fault === 'killed' ? 'killed' : 'alive';
  }

  /** Plays all turns, then lets everybody finish. @returns every broken promise */
  async run(relays: readonly SteppedRelay[]): Promise<string[]> {
    const { writings, turns } = this.interleaving;
    const writers = writings.map((writing, index) => this.write(writing, index));
    for (const turn of turns) {
      if (turn < WRITERS) await writers[turn]?.next();
      else await relays[turn % relays.length]?.step(turn);
    }
    while (this.ended.size < writers.length) for (const writer of writers) await writer.next();
    await this.drain(relays);
    const isHealthy = this.interleaving.faults.every((fault) => fault === 'none');
    return brokenPromises(this.written, this.published, isHealthy);
  }

  /** A writer's steps; one that must wait for a key's lock lets its turn pass. */
  private async *write(writing: Writing, index: number): AsyncGenerator<void, void> {
    const client = this.lane.writers[index];
    if (!client) return;
    const { key, takesIdFirst, rows, commits } = writing;
    const sql = { query: async <Row>(text: string, values?: readonly unknown[]) => queryOn<Row>(client, text, values) };
    await client.query(takesIdFirst ? 'BEGIN; SELECT pg_current_xact_id()' : 'BEGIN');
    yield;
    while (this.locked.has(key)) yield;
    this.locked.add(key);
    await client.query(`SELECT pg_advisory_xact_lock(${this.lane.number}, ${key === 'a' ? 1 : 2})`);
    yield;
    const texts = Array.from({ length: rows }, (_, row) => `${index}.${row}`);
    await new PostgresOutboxAppender(sql).append(texts.map((text) => aMessage(key, text)));
    yield;
    if (commits) texts.forEach((text) => this.written.push({ key, text }));
    await client.query(commits ? 'COMMIT' : 'ROLLBACK');
    this.locked.delete(key);
    this.ended.add(index);
  }

  private isCommitted(text: string): boolean {
    return this.written.some((row) => row.text === text);
  }

  /** Until every relay found nothing, and everything came; or for so long that it never will: a busy disk holds a lease's renewal up. */
  private async drain(relays: readonly SteppedRelay[]): Promise<void> {
    const endsAtMs = systemClock.nowMs() + NEVER_MS;
    for (let steps = 0; steps < 400 || systemClock.nowMs() < endsAtMs; steps += 1) {
      for (const relay of relays) await relay.step(steps);
      const came = new Set(this.published.map(({ text }) => text));
      if (steps > 2 && this.written.every(({ text }) => came.has(text)) && (await areDone(relays))) return;
      if (steps > 40) await systemClock.sleep(2); // a stream brings it in its own time
    }
  }
}

async function areDone(relays: readonly SteppedRelay[]): Promise<boolean> {
  for (const relay of relays) if (!(await relay.isDone())) return false;
  return true;
}

const aMessage = (key: string, text: string): OutboxMessage => ({
  topics: ['t'],
  key,
  value: Buffer.from(text),
  headers: encodeHeaders({}),
});

async function queryOn<Row>(client: pg.Client, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return (await client.query(text, withArrayLiterals(values))).rows as Row[];
}
