import type { Entity, OpenDrift, RoundReport } from '#contracts';
import { instantOfMs, type SystemId } from '#kernel';
import { toConfirmedEqual } from './confirmed-equal.js';
import type {
  Converged,
  DriftGroup,
  DriftReads,
  DriftSelection,
  DriftTotals,
  StorePopulation,
  StoreScan,
} from './drift-reads.js';
import type { InMemoryRoundStore, StoredItem, StoredRound } from './in-memory-round-store.js';

/** Drift of the rounds in memory, for tests; passes the same contract as the one in PostgreSQL. */
export class InMemoryDriftReads implements DriftReads {
  constructor(private readonly store: InMemoryRoundStore) {}

  async findStores(selection: DriftSelection): Promise<StoreScan[]> {
    return newestOf(this.scanned(selection)).map(({ round, startedMs, scan, items }) => {
      const { system, entity, id: roundId } = round;
      const startedAt = instantOfMs(startedMs);
      const confirmed = scan && toConfirmedEqual(round, scan, startedAt);
      const listedFixed = items.filter(({ outcome }) => outcome === 'fixed').length;
      const found = round.changed + round.missing + round.foreign + round.undecided;
      const unlisted = Math.max(0, found - items.length - Math.max(0, round.fixed - listedFixed));
      return { system, entity, roundId, startedAt, confirmed, open: openOf(items), unlisted };
    });
  }

  async findConverged(selection: DriftSelection): Promise<Converged[]> {
    const sinceMs = Date.parse(selection.since);
    const fixed = this.rounds({ ...selection, since: instantOfMs(0) }).flatMap(({ round, items }) =>
      items.flatMap(({ sinceMs: from, fixedMs }) =>
        fixedMs !== null && fixedMs >= sinceMs ? [{ ...storeOf(round), ms: fixedMs - from }] : [],
      ),
    );
    const groups = grouped(fixed, ({ system, entity, ms }) => [system, entity, ms]);
    return groups.map(({ item, count }) => ({ ...item, count })).sort((a, b) => compare(a, b) || a.ms - b.ms);
  }

  async findRounds(selection: DriftSelection, limit: number): Promise<{ rounds: RoundReport[]; of: number }> {
    const rounds = this.rounds(selection).reverse();
    return { rounds: rounds.slice(0, limit).map(toReport), of: rounds.length };
  }

  async findGroups(selection: DriftSelection): Promise<DriftGroup[]> {
    const newest = new Map<string, Omit<DriftGroup, 'count'>>();
    for (const { round, items } of this.rounds(selection))
      for (const { externalId, kind, fields, facts = null } of items)
        newest.set(JSON.stringify([round.system, round.entity, externalId]), {
          ...storeOf(round),
          kind,
          fields,
          facts,
        });
    const groups = grouped([...newest.values()], (one) => [one.system, one.entity, one.kind, one.fields, one.facts]);
    return groups.map(({ item, count }) => ({ ...item, count })).sort((a, b) => b.count - a.count || compare(a, b));
  }

  async findPopulations(selection: DriftSelection): Promise<StorePopulation[]> {
    return this.rounds(selection)
      .reverse()
      .flatMap(({ round, scan }) => (scan?.population ? [{ ...storeOf(round), population: scan.population }] : []));
  }

  async findTotals(selection: DriftSelection): Promise<{ newest: DriftTotals[]; earlier: DriftTotals[] }> {
    const before = this.scanned({ ...selection, since: instantOfMs(0), roundId: null }).filter(
      ({ startedMs }) => startedMs < Date.parse(selection.since),
    );
    const sums = new Map<string, DriftTotals>();
    for (const totals of before.map(({ round }) => totalsOf(round))) {
      const name = `${totals.system} ${totals.entity}`;
      sums.set(name, add(sums.get(name), totals));
    }
    const newest = newestOf(
      this.scanned(selection).filter(({ startedMs }) => startedMs >= Date.parse(selection.since)),
    );
    return { newest: newest.map(({ round }) => totalsOf(round)), earlier: [...sums.values()].sort(compare) };
  }

  private rounds({ since, system, entity, roundId }: DriftSelection): StoredRound[] {
    return this.store.all.filter(
      ({ round, startedMs }) =>
        startedMs >= Date.parse(since) &&
        (system ?? round.system) === round.system &&
        (entity ?? round.entity) === round.entity &&
        (roundId ?? round.id) === round.id,
    );
  }

  private scanned(selection: DriftSelection): StoredRound[] {
    return this.rounds({ ...selection, since: instantOfMs(0) }).filter(({ scan }) => scan !== null);
  }
}

function newestOf(rounds: readonly StoredRound[]): StoredRound[] {
  const newest = new Map(rounds.map((one) => [`${one.round.system} ${one.round.entity}`, one]));
  return [...newest.values()].sort((a, b) => compare(a.round, b.round));
}

function openOf(items: readonly StoredItem[]): OpenDrift[] {
  const open = items.filter(({ outcome }) => outcome !== 'fixed');
  const groups = grouped(open, ({ kind, outcome }) => [kind, outcome]).map(({ item, members, count }) => ({
    ...{ kind: item.kind, outcome: item.outcome as OpenDrift['outcome'], count },
    oldestAt: instantOfMs(Math.min(...members.map(({ sinceMs }) => sinceMs))),
  }));
  return groups.sort((a, b) => (`${a.kind} ${a.outcome}` < `${b.kind} ${b.outcome}` ? -1 : 1));
}

function grouped<T>(items: readonly T[], nameOf: (item: T) => unknown): { item: T; members: T[]; count: number }[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = JSON.stringify(nameOf(item));
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return [...groups.values()].flatMap((members) =>
    members[0] === undefined ? [] : [{ item: members[0], members, count: members.length }],
  );
}

interface Named {
  readonly system: SystemId;
  readonly entity: Entity;
}

function storeOf({ system, entity }: Named): Named {
  return { system, entity };
}

function compare(a: Named, b: Named): number {
  const [one, other] = [`${a.system} ${a.entity}`, `${b.system} ${b.entity}`];
  return one < other ? -1 : Number(one > other);
}

function totalsOf({
  system,
  entity,
  scanned,
  changed,
  missing,
  foreign,
  undecided,
}: StoredRound['round']): DriftTotals {
  return { system, entity, scanned, changed, missing, foreign, undecided };
}

function add(sum: DriftTotals | undefined, more: DriftTotals): DriftTotals {
  if (!sum) return more;
  return {
    ...more,
    scanned: sum.scanned + more.scanned,
    changed: sum.changed + more.changed,
    missing: sum.missing + more.missing,
    foreign: sum.foreign + more.foreign,
    undecided: sum.undecided + more.undecided,
  };
}

function toReport({ round, startedMs, endedMs }: StoredRound): RoundReport {
  const { id, system, entity, state, scanned, changed, missing, foreign, undecided, fixed, unfixed } = round;
  const { fields, holdId, problem } = round;
  const counts = { scanned, changed, missing, foreign, undecided, fixed, unfixed, fields, holdId, problem };
  const times = { startedAt: instantOfMs(startedMs), endedAt: endedMs === null ? null : instantOfMs(endedMs) };
  return { id, system, entity, state, ...counts, ...times };
}
