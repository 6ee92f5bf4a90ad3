import type { Entity } from '#contracts';
import { HubError, type Clock } from '#kernel';
import { compareBytes } from './digest-sides.js';
import type { ComparedPage, ScanName, ScanState, ScanStore } from './paged-scan.js';

interface StoredScan {
  state: ScanState;
  readonly seen: Set<string>;
  readonly candidates: Set<string>;
  readonly rows: ReadonlySet<string>;
}

/** The scan store in memory, for tests; passes the same contract as the one in PostgreSQL. */
export class InMemoryScanStore implements ScanStore {
  private readonly scans = new Map<string, StoredScan>();
  private nextId = 1;

  constructor(
    /** External ids of the mirror's live rows now. */
    private readonly liveRows: (entity: Entity) => readonly string[],
    private readonly clock: Clock,
  ) {}

  async findScan(roundId: string, entity: Entity): Promise<ScanState | null> {
    const scan = this.scans.get(entity);
    return scan?.state.roundId === roundId ? scan.state : null;
  }

  async findAny(entity: Entity): Promise<ScanState | null> {
    return this.scans.get(entity)?.state ?? null;
  }

  async begin(name: ScanName, restarted: string | null): Promise<ScanState> {
    const rows = new Set(this.liveRows(name.entity));
    const state: ScanState = {
      ...name,
      ...{ id: String(this.nextId), phase: 'reading', cursor: null, pages: 0, scanned: 0, known: rows.size },
      ...{ total: null, idle: 0, resumedAt: null, restarted, beganAtMs: this.clock.nowMs() },
    };
    this.nextId += 1;
    this.scans.set(name.entity, { state, seen: new Set(), candidates: new Set(), rows });
    return state;
  }

  async resume(state: ScanState): Promise<ScanState> {
    return this.move(this.at(state), { resumedAt: state.pages });
  }

  async savePage(state: ScanState, page: ComparedPage): Promise<ScanState> {
    const scan = this.at(state);
    const fresh = new Set(page.readIds.filter((id) => !scan.seen.has(id)));
    const before = scan.seen.size;
    for (const id of [...page.readIds, ...page.unreadableIds]) scan.seen.add(id);
    for (const id of page.candidates) scan.candidates.add(id);
    return this.move(scan, {
      cursor: page.cursor,
      phase: page.cursor === null ? 'read' : 'reading',
      pages: state.pages + 1,
      scanned: state.scanned + fresh.size,
      total: page.total ?? state.total,
      idle: scan.seen.size > before ? 0 : state.idle + 1,
    });
  }

  async end(state: ScanState): Promise<ScanState> {
    const scan = this.at(state);
    if (state.phase !== 'read') throw movedOn(state);
    const live = new Set(this.liveRows(state.entity));
    for (const id of scan.rows) if (live.has(id) && !scan.seen.has(id)) scan.candidates.add(id);
    return this.move(scan, { phase: 'ended' });
  }

  async findCandidates(state: ScanState, after: string | null, limit: number): Promise<string[]> {
    const ids = [...this.at(state).candidates].sort(compareBytes);
    return ids.filter((id) => after === null || compareBytes(id, after) > 0).slice(0, limit);
  }

  async forget(entity: Entity): Promise<void> {
    this.scans.delete(entity);
  }

  private at(state: ScanState): StoredScan {
    const scan = this.scans.get(state.entity);
    if (scan?.state.id === state.id && scan.state.pages === state.pages && scan.state.phase === state.phase)
      return scan;
    throw movedOn(state);
  }

  private move(scan: StoredScan, change: Partial<ScanState>): ScanState {
    scan.state = { ...scan.state, ...change };
    return scan.state;
  }
}

function movedOn({ entity }: ScanState): HubError {
  return new HubError('HUB_SCAN_INCOMPLETE', 'Somebody else went on with this scan.', { entity });
}
