import type { KeyRange, ScanPage } from '#connector-sdk';
import { HubError, type ExternalId } from '#kernel';
import type { AccountsApi, ListName, Row } from './api.js';
import type { EntityPlan } from './entity-plan.js';
import { ListPosition, type RowsAbove } from './list-position.js';
import { toRecords } from './mapping.js';

/**
 * Pages in byte order of ids, each read now. The closed list is read before and after the active one: an account that is
 * closed or opened again meanwhile is seen in one of them. Each page rests on its own readings only, so a scan goes on in
 * another process.
 */
export class Scanner {
  private readonly lists: Readonly<Record<ListName, ListPosition>>;

  constructor(api: AccountsApi) {
    const listOf = (name: ListName): ListPosition =>
      new ListPosition((offset, limit) => api.window(name, offset, limit));
    this.lists = { active: listOf('active'), closed: listOf('closed') };
  }

  async page(plan: EntityPlan, range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage> {
    const start = after ?? range.from;
    const readings: RowsAbove[] = [];
    for (const list of ['closed', 'active', 'closed'] as const)
      readings.push(await this.lists[list].readAbove(start, limit));
    const { rows, next } = mergeReadings(readings, range.to, limit);
    return { ...toRecords(plan, rows), next: next as ExternalId | null };
  }
}

/** The rows that all readings reach, ascending, an account in its latest reading; and where the next page starts. */
export function mergeReadings(
  readings: readonly RowsAbove[],
  to: string | null,
  limit: number,
): { readonly rows: readonly Row[]; readonly next: string | null } {
  const end = lowest([to, ...readings.filter(({ isEnd }) => !isEnd).map(({ rows }) => rows.at(-1)?.id ?? '')]);
  const byId = new Map(readings.flatMap(({ rows }) => rows.map((row) => [row.id, row] as const)));
  const reached = [...byId.values()].filter(({ id }) => end === null || id <= end).sort(byIdAscending);
  const rows = reached.slice(0, limit);
  const isComplete = end === to && rows.length === reached.length;
  const last = rows.at(-1);
  if (!isComplete && last === undefined)
    throw new HubError('HUB_INVARIANT_BROKEN', 'A page of a scan is empty although its range is not read.');
  return { rows, next: isComplete ? null : (last?.id ?? null) };
}

function lowest(ids: readonly (string | null)[]): string | null {
  return ids.filter((id) => id !== null).sort()[0] ?? null;
}

function byIdAscending(a: Row, b: Row): number {
  return a.id < b.id ? -1 : 1;
}
