import { HubError } from '#kernel';
import type { SeedPlaces, SeedPosition, TargetState } from '#replay';
import type { Database } from '../database.js';

interface PlaceRow {
  readonly topic: string;
  readonly shape: string;
  readonly partition: number;
  readonly next_offset: string;
  readonly state: SeedPosition['state'];
}

const COLUMNS = 'topic, shape, partition, next_offset, state';

/** Places of seeds in the hub's database. */
export class PostgresSeedPlaces implements SeedPlaces {
  constructor(private readonly database: Database) {}

  async find(target: string): Promise<Extract<TargetState, { readonly kind: 'seed' }> | null> {
    const text = `SELECT ${COLUMNS} FROM seed_place WHERE target = $1 ORDER BY partition`;
    const rows = await this.database.query<PlaceRow>(text, [target]);
    const [first] = rows;
    if (!first) return null;
    const positions = new Map(rows.map((row) => [row.partition, toPosition(row)]));
    return { kind: 'seed', topic: first.topic, shape: first.shape, positions, liveRows: null };
  }

  async prepare(
    target: string,
    seed: { readonly topic: string; readonly shape: string; readonly from: ReadonlyMap<number, bigint> },
  ): Promise<void> {
    await this.database.query(
      `INSERT INTO seed_place (target, partition, topic, shape, next_offset, state)
       SELECT $1, p, $2, $3, o, 'seeding' FROM unnest($4::int[], $5::bigint[]) AS t (p, o) ON CONFLICT DO NOTHING`,
      [target, seed.topic, seed.shape, [...seed.from.keys()], [...seed.from.values()].map(String)],
    );
  }

  async advance(
    target: string,
    partition: number,
    work: (position: SeedPosition) => Promise<SeedPosition>,
  ): Promise<void> {
    await this.database.transaction(async (sql) => {
      const text = `SELECT ${COLUMNS} FROM seed_place WHERE target = $1 AND partition = $2 FOR UPDATE`;
      const [row] = await sql.query<PlaceRow>(text, [target, partition]);
      if (!row) throw new HubError('HUB_SEED_TARGET_INVALID', 'The seed has no place any more.', { target, partition });
      const { nextOffset, state } = await work(toPosition(row));
      const move = 'UPDATE seed_place SET next_offset = $3, state = $4 WHERE target = $1 AND partition = $2';
      await sql.query(move, [target, partition, nextOffset.toString(), state]);
    });
  }
}

function toPosition({ next_offset, state }: PlaceRow): SeedPosition {
  return { nextOffset: BigInt(next_offset), state };
}
