import { check, checkRestless } from '../checker.js';
import { collectEvidence, type Doings } from '../evidence.js';
import type { Evidence } from '../history.js';
import { waitUntilQuiet } from '../quiesce.js';
import { findUncleanRounds } from '../rounds.js';
import { sleep } from '../workload.js';
import type { Cell } from './cells.js';
import { witnessOf, type Active, type Witness } from './witness.js';
import { processesOf, SERVICES, type Complaint, type World } from './world.js';

/** `unknown`: the hub did not come to rest, so that nothing could be judged; it counts as failed. */
export type Verdict = 'valid' | 'invalid' | 'unknown' | 'skipped';

/** What one cell came to. */
export interface CellResult {
  readonly cell: string;
  readonly fault: string;
  readonly part: string;
  readonly verdict: Verdict;
  readonly seed: number;
  /** Transactions of the source and edits of the target that were committed. */
  readonly committed: number;
  readonly rolledBack: number;
  readonly unknownOutcomes: number;
  readonly changes: number;
  readonly versions: number;
  readonly writes: number;
  /** Starts of processes. */
  readonly restarts: number;
  /** Since the fault was taken away, until all was quiet and equal. */
  readonly recoverySeconds: number | null;
  readonly seconds: number;
  /** Of the largest process so far. */
  readonly peakRssMiB: number;
  /** Why it is not valid. */
  readonly reason: string | null;
  readonly witnesses: readonly Witness[];
}

const QUIET_MS = 60_000;
const AFTERMATH_MS = 1_000;
const LISTED = 5;
/** Of one process: its heap may have 200 MiB, and buffers and code come on top. */
const MAX_RSS_MIB = 450;

/** Runs cells on one hub, one after the other: each is judged by what it added to the evidence. */
export class CellRunner {
  private readonly known = new Set<string>();
  private readonly timeline: Active[] = [];
  private before = { journal: 0, edits: 0, changes: 0, versions: 0, writes: 0, starts: 0 };

  constructor(
    private readonly world: World,
    private readonly seed: number,
  ) {}

  /** @throws what makes the run itself impossible; all that the hub does is in the result */
  async run(cell: Cell): Promise<CellResult> {
    const startedAtMs = Date.now();
    const missing = cell.missing?.(this.world) ?? null;
    if (missing !== null) return this.toResult(cell, startedAtMs, { verdict: 'skipped', reason: missing });
    const failure = await this.strike(cell);
    const healedAtMs = Date.now();
    await this.settle();
    if (cell.isLast && failure === null) return this.judgeLast(cell, startedAtMs);
    const writtenAtMs = Date.now();
    const left = QUIET_MS - (writtenAtMs - healedAtMs);
    const unrest = await waitUntilQuiet(this.world.test, { writtenAtMs, timeoutMs: left });
    const recoverySeconds = unrest === null ? (Date.now() - healedAtMs) / 1_000 : null;
    if (failure !== null) return this.toResult(cell, startedAtMs, { verdict: 'unknown', reason: failure });
    const evidence = await collectEvidence(this.world.test, await this.doings());
    if (unrest !== null) return this.judgeRestless(cell, startedAtMs, { evidence, unrest });
    const complaints = this.fresh([...check(evidence), ...(await this.complain(cell))]);
    const verdict = complaints.length === 0 ? 'valid' : 'invalid';
    return this.toResult(cell, startedAtMs, { verdict, evidence, complaints, recoverySeconds });
  }

  private judgeRestless(
    cell: Cell,
    startedAtMs: number,
    { evidence, unrest }: { readonly evidence: Evidence; readonly unrest: string },
  ): CellResult {
    const found = isTargetsAlone(unrest) ? check(evidence) : checkRestless(evidence, !unrest.includes('outbox rows'));
    const complaints = this.fresh(found);
    const verdict = complaints.length === 0 ? 'unknown' : 'invalid';
    const reason = complaints.length === 0 ? unrest : `${summaryOf(complaints)}; and no rest: ${unrest}`;
    return this.toResult(cell, startedAtMs, { verdict, evidence, complaints, reason });
  }

  private async doings(): Promise<Doings> {
    const { workload, users, outboxes } = this.world;
    return { journal: workload.journal, userEdits: users.edits, appended: await outboxes.read() };
  }

  /** @returns why the fault could not be made */
  private async strike(cell: Cell): Promise<string | null> {
    const { workload, users } = this.world;
    this.working = [workload.keepEditing(), users.keepEditing()];
    const fromMs = Date.now();
    try {
      await cell.strike(this.world);
      return null;
    } catch (error) {
      return `the fault was not made: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      this.timeline.push({ cell: cell.name, fromMs, toMs: Date.now() });
    }
  }

  private working: readonly Promise<void>[] = [];

  private async settle(): Promise<void> {
    await sleep(AFTERMATH_MS);
    this.world.workload.stop();
    this.world.users.stop();
    await Promise.all(this.working);
  }

  private async judgeLast(cell: Cell, startedAtMs: number): Promise<CellResult> {
    const complaints = (await cell.after?.(this.world)) ?? [];
    const verdict = complaints.length === 0 ? 'valid' : 'invalid';
    return this.toResult(cell, startedAtMs, { verdict, complaints });
  }

  private async complain(cell: Cell): Promise<Complaint[]> {
    const { test } = this.world;
    const unequal = await test.stores.countUnequal();
    const detail = `${unequal} rows differ between both stores`;
    return [
      ...(unequal === 0 ? [] : [{ fault: 'unequal-rows', key: '', detail }]),
      ...(await findUncleanRounds(processesOf(this.world))),
      ...((await cell.after?.(this.world)) ?? []),
      ...this.findFat(),
    ];
  }

  private findFat(): Complaint[] {
    return SERVICES.map((service) => ({ service, rss: processesOf(this.world).usage(service).peakRssMiB }))
      .filter(({ rss }) => rss > MAX_RSS_MIB)
      .map(({ service, rss }) => ({ fault: 'too-much-memory', key: service, detail: `${rss} MiB` }));
  }

  /** A later cell is not to blame for what was found before. */
  private fresh(all: readonly Complaint[]): Complaint[] {
    const found = all.filter(({ fault, key, detail }) => !this.known.has(`${fault}\n${key}\n${detail}`));
    for (const { fault, key, detail } of found) this.known.add(`${fault}\n${key}\n${detail}`);
    return found;
  }

  private toResult(cell: Cell, startedAtMs: number, outcome: Outcome): CellResult {
    const { name, fault, part } = cell;
    const { verdict, reason = null, evidence = null, complaints = [], recoverySeconds = null } = outcome;
    return {
      ...{ cell: name, fault, part, verdict, seed: this.seed, ...this.countSince(evidence) },
      recoverySeconds: recoverySeconds === null ? null : Math.round(recoverySeconds * 10) / 10,
      seconds: Math.round((Date.now() - startedAtMs) / 1_000),
      peakRssMiB: Math.max(...SERVICES.map((service) => processesOf(this.world).usage(service).peakRssMiB)),
      reason: reason ?? (complaints.length > 0 ? summaryOf(complaints) : null),
      witnesses: complaints.slice(0, LISTED).map((one) => witnessOf(one, evidence, this.timeline)),
    };
  }

  private countSince(
    evidence: Evidence | null,
  ): Pick<CellResult, 'committed' | 'rolledBack' | 'unknownOutcomes' | 'changes' | 'versions' | 'writes' | 'restarts'> {
    const { workload, users, supervisor } = this.world;
    const { before } = this;
    const done = [...workload.journal.slice(before.journal), ...users.edits.slice(before.edits)];
    const count = (wanted: string): number => done.filter(({ outcome }) => outcome === wanted).length;
    const now = {
      ...{ journal: workload.journal.length, edits: users.edits.length, starts: supervisor.starts },
      changes: evidence ? evidence.changes.length + evidence.targetChanges.length : before.changes,
      versions: evidence?.history.length ?? before.versions,
      writes: evidence?.writes.length ?? before.writes,
    };
    this.before = now;
    return {
      ...{ committed: count('committed'), rolledBack: count('rolled-back'), unknownOutcomes: count('unknown') },
      ...{ changes: now.changes - before.changes, versions: now.versions - before.versions },
      ...{ writes: now.writes - before.writes, restarts: now.starts - before.starts },
    };
  }
}

interface Outcome {
  readonly verdict: Verdict;
  readonly reason?: string;
  readonly evidence?: Evidence;
  readonly complaints?: readonly Complaint[];
  readonly recoverySeconds?: number | null;
}

/** Writes of the target wait, and nothing else does: all that is read, merged and published is there to be judged. */
function isTargetsAlone(unrest: string): boolean {
  return unrest.split('; ').every((part) => /^shop (due rows|open intents): /.test(part));
}

function summaryOf(complaints: readonly Complaint[]): string {
  const counts = new Map<string, number>();
  for (const { fault } of complaints) counts.set(fault, (counts.get(fault) ?? 0) + 1);
  return [...counts].map(([fault, count]) => `${count} ${fault}`).join(', ');
}
