import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { NODE_FLAGS, nodeEnvironment } from '#config';
import { usageOf } from '#hub-runner';
import type { Database } from '#store-postgres';
import { untilTrue, type Contestant } from './contestant.js';
import { appendToOurs } from './events.js';

/** How our relay reads its outbox. */
export const READERS = ['polling', 'streaming'] as const;
export type Reader = (typeof READERS)[number];

/** What the relay's process is told at its start. */
export interface RelaySettings {
  readonly databaseUrl: string;
  readonly schema: string;
  readonly brokers: readonly string[];
  readonly reader: Reader;
}

/** Our relay in a process of its own, with the flags of Node that apps are shipped with. */
export class OurRelay implements Contestant {
  readonly name: string;
  readonly append = appendToOurs;

  private constructor(
    reader: Reader,
    private readonly child: ChildProcess,
    private readonly database: Database,
  ) {
    this.name = `ours ${reader}`;
  }

  /** Starts the process; its relay is stopped. @param profileFolder where it writes a CPU profile when it ends */
  static async open(settings: RelaySettings, database: Database, profileFolder?: string): Promise<OurRelay> {
    const profile = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
    const entry = join(import.meta.dirname, 'relay-process.js');
    const child = spawn(process.execPath, [...NODE_FLAGS.app, ...profile, entry, JSON.stringify(settings)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: nodeEnvironment(),
    });
    await untilSaid(child, 'ready');
    return new OurRelay(settings.reader, child, database);
  }

  /** What others' turns wrote is none of this one's business: a stream need not read it. */
  async prepare(): Promise<void> {
    await this.untilDrained();
    await untilTrue(this.database, 'SELECT NOT coalesce(bool_or(active), false) AS done FROM pg_replication_slots');
    await this.database.query(
      'SELECT pg_replication_slot_advance(slot_name, pg_current_wal_lsn()) FROM pg_replication_slots',
    );
  }

  start(): Promise<void> {
    return this.tell('start');
  }

  async stop(): Promise<void> {
    await this.untilDrained();
    await this.tell('stop');
  }

  usage(): ReturnType<typeof usageOf> {
    return usageOf(this.child.pid ?? 0);
  }

  async close(): Promise<void> {
    const exit = once(this.child, 'exit');
    await this.tell('end');
    await exit;
  }

  private untilDrained(): Promise<void> {
    return untilTrue(this.database, 'SELECT NOT EXISTS (SELECT FROM outbox) AS done');
  }

  private async tell(what: string): Promise<void> {
    const said = untilSaid(this.child, what);
    this.child.send(what);
    await said;
  }
}

function untilSaid(child: ChildProcess, wanted: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const hear = (what: unknown): void => {
      if (what !== wanted) return;
      child.off('message', hear).off('exit', fail);
      resolve();
    };
    const fail = (code: number | null): void => reject(new Error(`The relay's process ended with ${code}.`));
    child.on('message', hear).once('exit', fail);
  });
}
