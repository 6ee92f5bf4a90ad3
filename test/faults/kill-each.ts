import { check } from './checker.js';
import { collectEvidence } from './evidence.js';
import type { Finding } from './history.js';
import { Killer } from './killer.js';
import { waitUntilQuiet } from './quiesce.js';
import { findUncleanRounds } from './rounds.js';
import { SeededRandom } from './seeded-random.js';
import { FAULTS_FOLDER, startServers } from './servers.js';
import { TestHub } from './test-hub.js';
import { Workload } from './workload.js';

/** One run of kill-each. */
export interface KillEachOptions {
  readonly seed: number;
  readonly products: number;
  /** Times that each service is killed. */
  readonly rounds: number;
  readonly log: (text: string) => void;
}

/** What a run found; `unknown` when the hub did not come to rest, so that nothing could be judged. */
export interface KillEachResult {
  readonly verdict: 'valid' | 'invalid' | 'unknown';
  readonly seed: number;
  readonly counts: {
    readonly kills: number;
    readonly edits: number;
    readonly doubled_writes: number;
    readonly unequal_rows: number;
  };
  readonly details: {
    readonly products: number;
    readonly changes: number;
    readonly versions: number;
    readonly writes: number;
    /** Services that ended although nobody killed them. */
    readonly unplanned: readonly string[];
    readonly seconds: number;
  };
  readonly findings: readonly (Finding | { readonly fault: string; readonly detail: string })[];
}

const QUIET_MS = 90_000;
const LISTED = 20;

/** kill -9 of each of our processes, one at a time, during an import with edits; then everything is compared. */
export async function killEach(options: KillEachOptions): Promise<KillEachResult> {
  const test = await TestHub.create({ servers: await startServers(), folder: FAULTS_FOLDER });
  try {
    await test.start();
    return await new KillEachRun(test, options).run();
  } finally {
    await test.drop();
  }
}

class KillEachRun {
  private readonly startedAt = performance.now();
  private readonly workload: Workload;
  private readonly killer: Killer;

  constructor(
    private readonly test: TestHub,
    private readonly options: KillEachOptions,
  ) {
    const { seed, products, rounds, log } = options;
    const random = new SeededRandom(seed);
    this.workload = new Workload({ stores: test.stores, random: random.fork(), products });
    const { processes } = test.hub;
    const burst = (): Promise<void> => this.workload.burst();
    this.killer = new Killer({ processes, random: random.fork(), rounds, burst, log });
  }

  async run(): Promise<KillEachResult> {
    const { log } = this.options;
    const writing = this.workload.run();
    try {
      await this.killer.run();
    } finally {
      this.workload.stop();
      await writing;
    }
    log(`${this.workload.edits} edits, ${this.killer.kills} kills; waiting until all is quiet`);
    const writtenAtMs = Date.now();
    const unrest = await waitUntilQuiet(this.test, { writtenAtMs, timeoutMs: QUIET_MS });
    log(`quiet after ${((Date.now() - writtenAtMs) / 1000).toFixed(1)} s; comparing`);
    await this.killer.revive();
    return this.judge(unrest);
  }

  private async judge(unrest: string | null): Promise<KillEachResult> {
    const unequal = await this.test.stores.countUnequal();
    const evidence = await collectEvidence(this.test, this.workload);
    const found = check(evidence);
    const { writes, changes, history, source } = evidence;
    const broken = [
      ...found,
      ...unequalFinding(unequal),
      ...(unrest === null ? await findUncleanRounds(this.test.hub.processes) : []),
    ];
    const stuck = unrest === null ? [] : [{ fault: 'not-quiet', detail: unrest }];
    return {
      verdict: unrest !== null ? 'unknown' : broken.length > 0 ? 'invalid' : 'valid',
      seed: this.options.seed,
      counts: {
        kills: this.killer.kills,
        edits: this.workload.edits,
        doubled_writes: found.filter(({ fault }) => fault === 'doubled-write').length,
        unequal_rows: unequal,
      },
      details: {
        products: source.size,
        changes: changes.length,
        versions: history.length,
        writes: writes.length,
        unplanned: this.killer.unplanned,
        seconds: Math.round((performance.now() - this.startedAt) / 1000),
      },
      findings: [...stuck, ...broken].slice(0, LISTED),
    };
  }
}

function unequalFinding(unequal: number): KillEachResult['findings'] {
  return unequal === 0 ? [] : [{ fault: 'unequal-rows', detail: `${unequal} rows differ between both stores` }];
}
