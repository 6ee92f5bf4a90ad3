import { ReadBack, type ReadBackOptions } from './read-back.js';
import type { CurrentRows, EventPlace, TailMessage } from './read-back.ports.js';

/** One thing that happens; `count` says to or with how many rows. */
export interface Act {
  readonly what:
    'write' | 'delete' | 'publish' | 'repeat' | 'freeze' | 'thaw' | 'erase' | 'read' | 'settle' | 'restart';
  readonly key: string;
  readonly count: number;
}

/** One history: what happens, and what happens in between the calls that the reader makes. */
export interface ReadBackScenario {
  readonly acts: readonly Act[];
  readonly meanwhile: readonly Act[];
}

/** Seams at which a test plants a mutant. */
export interface PlantedReadBack {
  readonly rows?: (rows: CurrentRows, world: ReadBackWorld) => CurrentRows;
  readonly placeOf?: ReadBackOptions['placeOf'];
  readonly endOffsets?: ReadBackOptions['endOffsets'];
  /** Where a restarted reader goes on. */
  readonly positions?: (readBack: ReadBack, world: ReadBackWorld) => bigint;
}

interface Row {
  readonly sequence: bigint;
  readonly isDeleted: boolean;
}

interface Entry {
  readonly key: string;
  /** Null is a tombstone. */
  readonly sequence: bigint | null;
}

const PLACE = 'place';
const END_ROUNDS = 20;

const placeOf: ReadBackOptions['placeOf'] = (headers) => ({ epoch: 1, sequence: BigInt(headers[PLACE] ?? 0) });

/** Plays a history of one partition to its end and returns every broken promise. */
export async function playReadBack(scenario: ReadBackScenario, planted: PlantedReadBack = {}): Promise<string[]> {
  return new ReadBackWorld(scenario, planted).play();
}

/** A database with an outbox, its relay, frozen relays with rows in their hands, the log, and the reader under test. */
export class ReadBackWorld {
  readonly rows = new Map<string, Row>();
  readOffset = 0n;
  private pending: Entry[] = [];
  private frozen: Entry[] = [];
  private readonly log: Entry[] = [];
  private readonly meanwhile: Act[];
  private readBack: ReadBack;
  private readonly highest = new Map<string, bigint>();
  private readonly erased = new Set<string>();
  private readonly broken: string[] = [];
  private appended = 0;
  private hasThawed = false;

  constructor(
    private readonly scenario: ReadBackScenario,
    private readonly planted: PlantedReadBack,
  ) {
    this.meanwhile = [...scenario.meanwhile];
    this.readBack = this.open();
  }

  async play(): Promise<string[]> {
    for (const act of this.scenario.acts) await this.do(act);
    this.meanwhile.length = 0;
    for (let round = 0; round < END_ROUNDS; round += 1) {
      this.publish(Infinity, true);
      await this.read(Infinity);
      await this.settle();
    }
    return [...this.broken, ...this.staleKeys(), ...this.needless()];
  }

  /** What others do between two calls of the reader. */
  interleave(): void {
    const act = this.meanwhile.shift();
    if (act && act.what !== 'read' && act.what !== 'settle' && act.what !== 'restart') this.change(act);
  }

  /** As a transaction that holds the key's lock does it. */
  append(key: string, { sequence }: Row, isAnew = true): void {
    if (isAnew && this.erased.has(key)) this.broken.push(`${key} was erased and came back`);
    if (sequence < (this.highest.get(key) ?? 0n))
      this.broken.push(`${key}: an older row was appended behind a newer one`);
    this.highest.set(key, sequence);
    this.pending.push({ key, sequence });
  }

  private async do(act: Act): Promise<void> {
    if (act.what === 'read') return this.read(act.count);
    if (act.what === 'settle') return this.settle();
    if (act.what === 'restart') return this.restart();
    this.change(act);
  }

  private change({ what, key, count }: Act): void {
    if (what === 'write' || what === 'delete') this.write(key, what === 'delete');
    if (what === 'publish') this.publish(count, true);
    if (what === 'repeat') this.publish(count, false);
    if (what === 'freeze') this.frozen = this.pending.slice(0, count);
    if (what === 'thaw') this.thaw();
    if (what === 'erase' && this.rows.has(key) && !this.isPending(key)) this.erase(key);
  }

  /** Under the key's lock, when nothing of it waits; it never comes back by its system. */
  private erase(key: string): void {
    this.rows.delete(key);
    this.erased.add(key);
    this.log.push({ key, sequence: null });
  }

  private write(key: string, isDeleted: boolean): void {
    if (this.erased.has(key)) return;
    const row = { sequence: (this.rows.get(key)?.sequence ?? 0n) + 1n, isDeleted };
    this.rows.set(key, row);
    this.append(key, row, false);
  }

  private publish(count: number, isRemoved: boolean): void {
    this.log.push(...this.pending.slice(0, count));
    if (isRemoved) this.pending = this.pending.slice(count);
  }

  private thaw(): void {
    this.hasThawed ||= this.frozen.length > 0;
    this.log.push(...this.frozen);
    this.frozen = [];
  }

  private async read(count: number): Promise<void> {
    const start = Number(this.readOffset);
    const messages = this.log.slice(start, start + count).map(toMessage(start));
    const page = { partition: 0, messages, nextOffset: BigInt(start + messages.length) };
    await this.readBack.take(page);
    this.readOffset = page.nextOffset;
  }

  private async settle(): Promise<void> {
    this.appended += await this.readBack.settle();
  }

  private restart(): void {
    const position = this.planted.positions?.(this.readBack, this) ?? this.readBack.positions().get(0);
    this.readOffset = position ?? 0n;
    this.readBack = this.open();
  }

  private open(): ReadBack {
    const rows = this.currentRows();
    const readBack = new ReadBack({
      rows: this.planted.rows?.(rows, this) ?? rows,
      placeOf: this.planted.placeOf ?? placeOf,
      endOffsets: async () => {
        this.interleave();
        return this.planted.endOffsets?.() ?? new Map([[0, BigInt(this.log.length)]]);
      },
    });
    readBack.begin(0, this.readOffset);
    return readBack;
  }

  private currentRows(): CurrentRows {
    return {
      findPlaces: async (keys) => {
        this.interleave();
        return new Map(keys.flatMap((key): [string, EventPlace][] => this.placesOf(key)));
      },
      findUnpublished: async (keys) => {
        this.interleave();
        return new Set(keys.filter((key) => this.isPending(key)));
      },
      appendCurrent: async (keys) => {
        this.interleave();
        const found = keys.flatMap((key) => [this.rows.get(key)].flatMap((row) => (row ? [{ key, row }] : [])));
        for (const { key, row } of found) this.append(key, row);
        return found.length;
      },
    };
  }

  private placesOf(key: string): [string, EventPlace][] {
    const row = this.rows.get(key);
    return row ? [[key, { epoch: 1, sequence: row.sequence }]] : [];
  }

  private isPending(key: string): boolean {
    return this.pending.some((entry) => entry.key === key);
  }

  private lastOf(key: string): Entry | undefined {
    return this.log.filter((entry) => entry.key === key).at(-1);
  }

  /** Keys whose last event is not their row, though nothing waits. */
  private staleKeys(): string[] {
    const stale = [...this.rows].filter(([key, { sequence }]) => {
      const last = this.lastOf(key);
      return last?.sequence !== sequence;
    });
    return stale.map(([key]) => `${key} ends with an older event than its row`);
  }

  private needless(): string[] {
    return this.appended > 0 && !this.hasThawed ? [`${this.appended} rows were appended anew without need`] : [];
  }
}

function toMessage(start: number): (entry: Entry, index: number) => TailMessage {
  return ({ key, sequence }, index) => ({
    ...{ offset: BigInt(start + index), key, headers: { [PLACE]: String(sequence ?? 0) } },
    value: sequence === null ? null : Buffer.alloc(0),
  });
}
