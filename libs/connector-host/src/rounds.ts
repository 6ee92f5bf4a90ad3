import { createHash } from 'node:crypto';
import type { ObservedRecord } from '#connector-sdk';
import type { Entity } from '#contracts';
import { HubError, inLane, toHubError, type ExternalId } from '#kernel';
import type { RoundMirror, StoredDifference } from '#mirror';
import type {
  CommitResult,
  RoundHandler,
  RoundJob,
  RoundJobResults,
  ScanStore,
  ScanSummary,
  VerifyResult,
} from '#reconciliation';
import { missingRecord, ReadingCommit } from './commit-readings.js';
import { CandidateFilter } from './confirm.js';
import { addEvidence } from './drift-facts.js';
import type { EntityContext, HostContext } from './host-context.js';
import type { Poller } from './poller.js';
import { scanForRound } from './round-scan.js';
import { readingDigest } from './scan.js';
import { verifyPage } from './verify.js';

/** At most so many differences travel with a summary; all of them are kept in the host's database. */
const MAX_LISTED = 5_000;

/** What rounds work with besides the context. */
export interface RoundTools {
  readonly mirror: RoundMirror;
  readonly scans: ScanStore;
  readonly pollers: ReadonlyMap<Entity, Poller>;
}

/** The host's side of a reconcile round: it has the mirror and the budget; the reconciler decides. */
export class Rounds {
  private readonly mirror: RoundMirror;

  constructor(
    private readonly context: HostContext,
    private readonly tools: RoundTools,
  ) {
    this.mirror = tools.mirror;
  }

  /** Answers a job of the reconciler. Every job may run twice. */
  readonly handle: RoundHandler = async (job, signal) => {
    const entity = this.context.entities.get(job.entity);
    if (!entity)
      throw new HubError('HUB_NOT_FOUND', `System ${this.context.system} has no entity ${job.entity}.`, {
        system: this.context.system,
      });
    return (await inLane('reconcile', () => this.run(job, entity, signal))) as RoundJobResults[typeof job.kind];
  };

  private async run(
    job: RoundJob,
    entity: EntityContext,
    signal: AbortSignal,
  ): Promise<RoundJobResults[RoundJob['kind']]> {
    const { restored } = this.context;
    switch (job.kind) {
      case 'scan':
        return this.scan(job.roundId, entity, signal);
      case 'commit':
        return restored.watch(() => this.commit(job.roundId, entity, job.digest));
      case 'discard':
        await this.tools.scans.forget(entity.entity);
        return { rows: await this.mirror.deleteDifferences(job.roundId, entity.entity) };
      case 'verify':
        return restored.watch(() => this.verify(job.roundId, entity));
    }
  }

  private async scan(roundId: string, entity: EntityContext, signal: AbortSignal): Promise<ScanSummary> {
    await this.mirror.deleteDifferences(roundId, entity.entity);
    try {
      return await this.context.restored.watch(() => this.scanWhole(roundId, entity, signal));
    } catch (error) {
      const { disposition, message } = toHubError(error);
      // what may pass is asked for again after a while
      if (disposition === 'crash' || disposition === 'retry' || disposition === 'reload') throw error;
      await this.tools.scans.forget(entity.entity);
      return incomplete(roundId, entity.entity, message);
    }
  }

  private async scanWhole(roundId: string, entity: EntityContext, signal: AbortSignal): Promise<ScanSummary> {
    const { mirror, scans } = this.tools;
    const { scanned, known, candidates } = await scanForRound(this.context, entity, { roundId, mirror, scans, signal });
    const filter = new CandidateFilter(this.context, entity, mirror);
    const confirmed: StoredDifference[] = [];
    for await (const some of candidates) {
      // what the live path sees by itself is lag, not drift: let it read everything that happened before this moment
      if (some.length > 0) await inLane('live', () => this.drainPoller(entity));
      confirmed.push(...(await filter.confirm(some)));
    }
    await mirror.saveDifferences(roundId, entity.entity, confirmed);
    const summary = summarise(roundId, entity.entity, { scanned, known, confirmed });
    return addEvidence(this.context, entity, summary, confirmed);
  }

  /** A system without a cursor has nothing to read on: its changes are what scans find. */
  private async drainPoller(entity: EntityContext): Promise<void> {
    if (entity.capabilities.changes === 'scan') return;
    const poller = this.tools.pollers.get(entity.entity);
    while (poller && (await poller.pollOnce()).more);
  }

  private async commit(roundId: string, entity: EntityContext, digest: string): Promise<CommitResult> {
    const differences = await this.mirror.findDifferences(roundId, entity.entity);
    if (differences.length === 0) return { outcome: 'nothing', rows: 0 };
    if (digestOf(differences) !== digest) {
      await this.tools.scans.forget(entity.entity); // the next scan is another one
      return { outcome: 'stale', rows: 0 };
    }
    let rows = 0;
    for (let start = 0; start < differences.length; start += this.context.settings.pageSize)
      rows += await this.commitPage(roundId, entity, differences.slice(start, start + this.context.settings.pageSize));
    this.context.wake.outbox();
    return { outcome: 'committed', rows };
  }

  /** Reads the records again: only what is still as it was judged is committed; the rest is left to the next round. */
  private async commitPage(roundId: string, entity: EntityContext, page: readonly StoredDifference[]): Promise<number> {
    const { context } = this;
    const ids = page.map(({ externalId }) => externalId);
    const findings = new Map(page.map(({ externalId, fields }) => [externalId, { roundId, fields }]));
    const ticket = await context.store.drawTicket();
    const readAtMs = context.clock.nowMs();
    const { records, rejected } = await context.connector.fetch(entity.entity, { by: 'externalId', ids });
    const byId = new Map<ExternalId, ObservedRecord>(records.map((record) => [record.externalId, record]));
    const unreadable = new Set(rejected.map(({ externalId }) => externalId));
    const still = page.flatMap((difference) => {
      if (unreadable.has(difference.externalId)) return [];
      const record = byId.get(difference.externalId);
      const isAsJudged = (record ? readingDigest(entity, record) : '') === difference.digest;
      return isAsJudged ? [record ?? missingRecord(nameOf(difference))] : [];
    });
    await context.store.transaction(async (tx) => {
      const commit = new ReadingCommit(context, entity, tx);
      await commit.add({ records: still, readAtMs, ticket });
      await commit.commit(null, findings);
    });
    return still.length;
  }

  private async verify(roundId: string, entity: EntityContext): Promise<VerifyResult> {
    const differences = await this.mirror.findDifferences(roundId, entity.entity);
    const toCheck = differences.filter(({ kind }) => kind === 'changed' || kind === 'missing');
    const fixed: string[] = [];
    const unfixed: VerifyResult['unfixed'][number][] = [];
    let pending = 0;
    for (let start = 0; start < toCheck.length; start += this.context.settings.pageSize) {
      const page = toCheck.slice(start, start + this.context.settings.pageSize);
      const verdicts = await verifyPage({ context: this.context, entity, mirror: this.mirror }, page);
      for (const { externalId, verdict } of verdicts) {
        if (verdict === 'fixed') fixed.push(externalId);
        else if (verdict === 'pending') pending += 1;
        else unfixed.push({ externalId, why: verdict.why });
      }
    }
    return { fixed, unfixed, pending };
  }
}

function nameOf({ externalId, key }: StoredDifference): Parameters<typeof missingRecord>[0] {
  return { externalId, key: (key ?? externalId) as Parameters<typeof missingRecord>[0]['key'] };
}

/** Digest over differences, in the order of their external ids. */
function digestOf(differences: readonly StoredDifference[]): string {
  const hash = createHash('sha256');
  const sorted = [...differences].sort((a, b) => (a.externalId < b.externalId ? -1 : 1));
  for (const { externalId, kind, digest } of sorted) hash.update(`${externalId}\u0000${kind}\u0000${digest}\n`);
  return hash.digest('hex').slice(0, 16);
}

function summarise(
  roundId: string,
  entity: Entity,
  found: { readonly scanned: number; readonly known: number; readonly confirmed: readonly StoredDifference[] },
): ScanSummary {
  const { scanned, known, confirmed } = found;
  const count = (kind: StoredDifference['kind']): number => confirmed.filter((one) => one.kind === kind).length;
  const fields: Record<string, number> = {};
  for (const { kind, fields: names } of confirmed)
    if (kind === 'changed') for (const name of names) fields[name] = (fields[name] ?? 0) + 1;
  return {
    roundId,
    entity,
    complete: true,
    problem: null,
    scanned,
    known,
    changed: count('changed'),
    missing: count('missing'),
    foreign: count('foreign'),
    undecided: count('undecided'),
    fields,
    digest: digestOf(confirmed),
    differences: confirmed.slice(0, MAX_LISTED).map(({ externalId, key, kind, fields: names }) => ({
      externalId,
      key,
      kind,
      fields: names,
    })),
  };
}

function incomplete(roundId: string, entity: Entity, problem: string): ScanSummary {
  const nothing = { scanned: 0, known: 0, changed: 0, missing: 0, foreign: 0, undecided: 0 };
  return { roundId, entity, complete: false, problem, ...nothing, fields: {}, digest: '', differences: [] };
}
