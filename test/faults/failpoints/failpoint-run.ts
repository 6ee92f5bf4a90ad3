import pg from 'pg';
import { FAILPOINTS, type FailpointName } from '#connector-host/testing';
import { schemaName } from '#hub-file';
import type { ServiceName } from '#hub-runner';
import type { WatchedHub } from '../test-hub.js';
import { sleep } from '../workload.js';
import type { GatePoint } from './gate.js';
import type { UserEdit } from './judge.js';
import { articleOf, type Source } from './source.js';
import type { Target } from './target.js';

/** One place at which a connector is killed, and the records that are under way then. */
export interface Point {
  readonly name: string;
  readonly at: { readonly failpoint: FailpointName } | GatePoint;
  /** A record that is there and is changed, one that a user of the target changes, and one that is made. */
  readonly keys: { readonly changed: string; readonly beside: string; readonly made: string };
}

/** What is broken on purpose, to show that the checks find it. */
export type Mutant = 'no-look-up' | 'no-intent';

/** What a run works with. */
export interface FailpointRunOptions {
  readonly test: WatchedHub;
  readonly source: Source;
  readonly target: Target;
  readonly points: readonly Point[];
  /** `no-intent`: between death and restart the hub forgets what it was about to write; `no-look-up`: it finds nothing. */
  readonly mutant: Mutant | null;
  readonly log: (text: string) => void;
}

/** A second read begins when the lease of the killed writer has ended. */
const DEATH_MS = 100_000;
const RESTART_MS = 300;

/** Every place of a target, those of the host first. */
export function pointsOf(target: Target, prefix: string, wanted: RegExp): Point[] {
  const ats = [
    ...FAILPOINTS.filter(isOfRecord).map((failpoint) => ({ name: failpoint, at: { failpoint } })),
    ...target.requests.flatMap((request) =>
      (['before', 'answered'] as const).map((moment) => ({ name: `${request}:${moment}`, at: { request, moment } })),
    ),
  ].filter(({ name }) => wanted.test(name));
  return ats.map(({ name, at }, index) => {
    const key = `${prefix}-${target.system}-${String(index).padStart(2, '0')}`;
    return { name, at, keys: { changed: `${key}-u`, beside: `${key}-b`, made: `${key}-c` } };
  });
}

/** Those of a scan are passed in rounds only: `test/e2e/scan-resumes.e2e.spec.ts`. */
function isOfRecord(failpoint: FailpointName): boolean {
  return !failpoint.startsWith('scan:');
}

/** Kills one connector at each of its points, one after the other. */
export class FailpointRun {
  readonly edits: UserEdit[] = [];
  /** Names of points at which the connector did die. */
  readonly killed = new Set<string>();
  private readonly service: ServiceName;

  constructor(private readonly options: FailpointRunOptions) {
    this.service = `connector-${options.target.system}`;
  }

  async run(): Promise<void> {
    for (const point of this.options.points) {
      const startedAt = performance.now();
      const died = await this.die(point);
      if (died) this.killed.add(point.name);
      if (this.options.mutant === 'no-intent') await this.forgetIntents();
      if (this.options.mutant === 'no-look-up') this.options.target.gate.blind();
      await sleep(RESTART_MS);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      this.options.log(`${this.options.target.name} ${point.name}: ${died ? 'killed' : 'NOT KILLED'}, ${seconds} s`);
    }
    await this.revive();
  }

  private get processes(): WatchedHub['hub']['processes'] {
    return this.options.test.hub.processes;
  }

  /** The process of the next point brings to an end what the one before left. */
  private async die({ at, keys }: Point): Promise<boolean> {
    if (!('failpoint' in at)) return this.dieAt(at, keys);
    const { failpoint } = at;
    const [isReader, isRereader] = [failpoint.startsWith('reader:'), failpoint.startsWith('rereader:')];
    if (isRereader) await this.leaveUnknown(keys);
    await this.processes.stop(this.service);
    await this.startArmed(failpoint);
    if (isReader) await this.editByUser(keys);
    if (!isRereader) await this.plant(keys);
    await this.waitForDeath();
    if (!isReader) await this.editByUser(keys);
    return this.processes.wasKilled(this.service);
  }

  private async dieAt(at: GatePoint, keys: Point['keys']): Promise<boolean> {
    await this.revive();
    this.options.target.gate.arm(at, () => this.processes.stop(this.service, 'SIGKILL'));
    await this.plant(keys);
    const died = await this.waitForDeath();
    await this.editByUser(keys);
    return died;
  }

  private async revive(): Promise<void> {
    if (!this.processes.isAlive(this.service)) await this.processes.start(this.service);
  }

  /** A write of unknown outcome, for the second reader to look at. */
  private async leaveUnknown(keys: Point['keys']): Promise<void> {
    const request = this.options.target.requests[0] ?? '';
    this.options.target.gate.arm({ request, moment: 'answered' }, () => this.processes.stop(this.service, 'SIGKILL'));
    await this.revive();
    await this.plant(keys);
    if (!(await this.waitForDeath())) throw new Error(`${this.service} did not die at ${request}`);
  }

  /** A failpoint may be passed before the process is ready. */
  private async startArmed(failpoint: FailpointName): Promise<void> {
    try {
      await this.processes.start(this.service, { PLUMBLINE_FAILPOINT: failpoint });
    } catch (error) {
      if (!this.processes.wasKilled(this.service)) throw error;
    }
  }

  private async plant({ changed, made }: Point['keys']): Promise<void> {
    await this.options.source.put([articleOf(changed, 2, true), articleOf(made, 1, false)]);
  }

  /** Edits of fields that each side owns, on a record that the hub writes and on one beside it. */
  private async editByUser({ changed, beside, made }: Point['keys']): Promise<void> {
    const { target } = this.options;
    for (const key of [changed, made]) {
      const value = `own ${key}`;
      if (await target.editOwn(key, value)) this.edits.push({ key, field: 'own', value });
    }
    const value = `user's ${beside}`;
    await target.editName(beside, value);
    this.edits.push({ key: beside, field: 'name', value });
  }

  private async waitForDeath(): Promise<boolean> {
    const endsAt = Date.now() + DEATH_MS;
    while (this.processes.isAlive(this.service) && Date.now() < endsAt) await sleep(20);
    return !this.processes.isAlive(this.service);
  }

  private async forgetIntents(): Promise<void> {
    const { hub } = this.options.test;
    const client = new pg.Client({ connectionString: hub.databaseUrl });
    await client.connect();
    await client.query(`UPDATE "${schemaName(hub.file, this.service)}".mirror
      SET intent = NULL, lease_owner = NULL, lease_until = NULL WHERE intent IS NOT NULL`);
    await client.end();
  }
}
