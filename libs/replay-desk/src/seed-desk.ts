import { randomUUID } from 'node:crypto';
import type { ScanReport } from '#contracts';
import type { HubStore } from '#hub-file';
import { HubError, instantOfMs, toHubError, type Clock, type Logger } from '#kernel';
import {
  assertRunnable,
  planSeed,
  SeedJobRun,
  shapeText,
  type CertificateKey,
  type SeedCheck,
  type SeedDestination,
  type SeedJob,
  type SeedJobState,
  type SeedJobStore,
  type SeedPlaces,
  type SeedPlan,
  type SourceScan,
} from '#replay';
import { PostgresSeedTarget, type PostgresCertificateStore } from '#store-postgres';
import { certifySeed } from './certify-seed.js';
import type { SeedCluster, SeedSubject } from './seed-cluster.js';
import type { SourceAccess } from './seed-sources.js';
import {
  findEndValidMs,
  openSeedSession,
  type OpenSeedTarget,
  type SeedContents,
  type SeedSession,
} from './seed-session.js';
import { describeTable, openTopicTarget } from './seed-targets.js';

/** What somebody wants to have seeded, and where. */
export interface SeedRequest extends SeedSubject {
  readonly destination: SeedDestination;
}

/** What a seed would do; nothing has been done yet. */
export interface SeedPreview {
  readonly plan: SeedPlan;
  /** The target, without user and password. */
  readonly targetName: string;
  /** What scanning each source costs; empty where the topic alone is read, or all was read already. */
  readonly scans: readonly ScanReport[];
  /** Live records that the target has; null where only a reader of the whole target knows. */
  readonly liveRecords: number | null;
}

/** What the desk works with. */
export interface SeedDeskOptions {
  readonly cluster: SeedCluster;
  readonly jobs: SeedJobStore;
  readonly certificates: PostgresCertificateStore;
  readonly places: SeedPlaces;
  /** What sources are reached and staged with. */
  readonly access: SourceAccess;
  /** Signs certificates. */
  readonly key: CertificateKey;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A seed that runs. */
export interface SeedStart {
  /** @throws HubError HUB_LEASE_LOST, HUB_DATABASE_*; why the seed failed is kept with it */
  readonly ended: Promise<SeedJobState>;
}

const LEASE_MS = 6_000;
const BEAT_MS = 500;

/** Plans, orders and runs the seeds of a server: into topics of one's own, and into the stores that the hub file names. */
export class SeedDesk {
  constructor(private readonly options: SeedDeskOptions) {}

  get stores(): readonly HubStore[] {
    return this.options.cluster.file.stores ?? [];
  }

  /**
   * Looks only.
   * @throws HubError HUB_NOT_FOUND for a store that there is not, HUB_SEED_TARGET_INVALID, HUB_SEED_HISTORY_GONE, HUB_TOPIC_MISSING,
   * HUB_REQUEST_INVALID for a shape that does not fit, HUB_DATABASE_UNREACHABLE, HUB_BROKER_*
   */
  async plan(request: SeedRequest): Promise<SeedPreview> {
    const session = await this.open(request);
    const { topic, pages, target, targetName, shape, sources } = session;
    try {
      await findEndValidMs(this.options.cluster, session);
      const state = await target.find();
      const plan = planSeed({ topic, ranges: await pages.offsets(), shape: shapeText(shape) }, state);
      assertRunnable(plan);
      const scans = (await sources?.cost()) ?? [];
      return { plan, targetName, scans, liveRecords: state.kind === 'seed' ? state.liveRows : 0 };
    } finally {
      await session.close();
    }
  }

  /** Keeps the seed, which then waits to be run. @returns its id @throws HubError HUB_SEED_BUSY, and as {@link SeedDesk.plan} */
  async order(request: SeedRequest, actor: string): Promise<string> {
    const { plan } = await this.plan(request);
    const id = `seed-${randomUUID()}`;
    await this.options.jobs.create({ id, ...request, topic: plan.topic, windows: plan.partitions, actor });
    return id;
  }

  /** Runs a seed from wherever its target stands, as soon as nobody else does; null where somebody does, or it has ended. */
  async start(id: string, signal: AbortSignal): Promise<SeedStart | null> {
    const { jobs, cluster, clock, logger } = this.options;
    const owner = randomUUID();
    const claim = await jobs.claim(id, owner, LEASE_MS);
    if (claim.kind !== 'claimed') return null;
    const { job } = claim;
    let session: SeedSession | null = null;
    const open = async (onScan: (scan: SourceScan) => void): Promise<SeedSession & { readonly endValidMs: number }> => {
      session = await this.open(job, onScan);
      try {
        return { ...session, endValidMs: await findEndValidMs(cluster, session) };
      } catch (error) {
        await session.close();
        throw error;
      }
    };
    const certify = (found: SeedCheck): Promise<string> => this.certify(job, session, found);
    const run = new SeedJobRun(job, owner, { store: jobs, open, certify, clock, logger, beatMs: BEAT_MS });
    return { ended: run.run(signal) };
  }

  /** @throws HubError HUB_NOT_FOUND */
  async getJob(id: string): Promise<SeedJob> {
    const job = await this.options.jobs.find(id);
    if (job) return job;
    throw new HubError('HUB_NOT_FOUND', `There is no seed ${id}.`, { id });
  }

  /** Ends a seed for good, whoever runs it; the target keeps what it has. @throws HubError HUB_NOT_FOUND, HUB_SEED_ENDED */
  async abort(id: string): Promise<void> {
    if (await this.options.jobs.abort(id)) return;
    const { state } = await this.getJob(id);
    throw new HubError('HUB_SEED_ENDED', `The seed ${id} is ${state}: it can't be aborted.`, { id });
  }

  /** Once for each seed: a run that was killed right after it has kept it finds it. */
  private async certify({ id, actor: by }: SeedJob, session: SeedSession | null, found: SeedCheck): Promise<string> {
    const { certificates, clock, key } = this.options;
    if (!session) throw new HubError('HUB_INVARIANT_BROKEN', 'A target was certified that nobody opened.', { id });
    if (await certificates.find(id)) return id;
    await certificates.add(await certifySeed(session, found, { id, by, at: instantOfMs(clock.nowMs()), key }));
    return id;
  }

  private open({ entity, shape, destination }: SeedRequest, onScan?: (scan: SourceScan) => void): Promise<SeedSession> {
    const { cluster, places } = this.options;
    const access = { ...this.options.access, ...(onScan && { onScan }) };
    if (destination.kind === 'store') return this.openStore({ entity, shape }, destination, access);
    const { topic } = destination;
    const open = (contents: SeedContents): Promise<OpenSeedTarget> =>
      openTopicTarget(cluster, topic, { ...contents, places });
    return openSeedSession(cluster, { entity, shape }, { name: `topic ${topic}`, open, access });
  }

  private async openStore(
    subject: SeedSubject,
    { store: name, table }: Extract<SeedDestination, { readonly kind: 'store' }>,
    access: SourceAccess,
  ): Promise<SeedSession> {
    const { url, schema } = this.getStore(name);
    const address = { url, schema, table };
    const open = async ({ entity, shape }: SeedContents): Promise<OpenSeedTarget> => {
      try {
        return await PostgresSeedTarget.connect({ ...address, entity, shape });
      } catch (error) {
        throw asOfStore(name, error);
      }
    };
    return openSeedSession(this.options.cluster, subject, { name: describeTable(address), open, access });
  }

  private getStore(name: string): HubStore {
    const store = this.stores.find((one) => one.name === name);
    if (!store) throw new HubError('HUB_NOT_FOUND', `The hub file names no store ${name}.`, { store: name });
    if (URL.canParse(store.url)) return store;
    throw new HubError('HUB_SEED_TARGET_INVALID', `The address of the store ${name} is not set here.`, { store: name });
  }
}

/** It is the store that does not answer, or is not to be opened like this: not the hub's database, nor a bug of ours. */
function asOfStore(store: string, error: unknown): HubError {
  const known = toHubError(error);
  const cause = { cause: error };
  if (known.code === 'HUB_DATABASE_UNREACHABLE') {
    const message = `The store ${store} does not answer: start it, or correct its address in the hub file.`;
    return new HubError(known.code, message, { store }, cause);
  }
  if (known.disposition !== 'crash') return known;
  const message = `The store ${store} can't be opened: ${known.message}`;
  return new HubError('HUB_SEED_TARGET_INVALID', message, { store }, cause);
}
