import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dropDatabase, type ServerAddresses } from '#hub-runner';
import { KafkaTopics } from '#messaging-kafka';

interface Noted {
  readonly pid: number;
  /** Addresses of databases. */
  readonly databases: readonly string[];
  readonly topics: readonly string[];
}

/**
 * Notes what a run creates on the servers and deletes it in the end; what a killed run left, the next one in the same
 * folder deletes.
 */
export class RunFile {
  private noted: Noted = { pid: process.pid, databases: [], topics: [] };

  private constructor(
    private readonly path: string,
    private readonly servers: ServerAddresses,
  ) {}

  /** @throws Error when another run is at work in this folder */
  static async open(folder: string, servers: ServerAddresses): Promise<RunFile> {
    const path = join(folder, 'run.json');
    mkdirSync(folder, { recursive: true });
    const file = new RunFile(path, servers);
    if (existsSync(path)) {
      const left = JSON.parse(readFileSync(path, 'utf8')) as Noted;
      if (isAlive(left.pid))
        throw new Error(`A demo is running already (process ${left.pid}): end it, or give this one another --folder.`);
      await file.delete(left);
    }
    file.save();
    return file;
  }

  note({ databases = [], topics = [] }: Partial<Pick<Noted, 'databases' | 'topics'>>): void {
    const { noted } = this;
    this.noted = { ...noted, databases: [...noted.databases, ...databases], topics: [...noted.topics, ...topics] };
    this.save();
  }

  /** Deletes everything that was noted. */
  async clear(): Promise<void> {
    await this.delete(this.noted);
    rmSync(this.path, { force: true });
  }

  private async delete({ databases, topics }: Noted): Promise<void> {
    // By their names: the server of a killed run may have had another port.
    for (const url of databases) await dropDatabase(this.servers.DATABASE_URL, url);
    const admin = new KafkaTopics({ brokers: this.servers.KAFKA_BROKERS.split(','), clientId: 'plumbline-demo' });
    await admin.deleteTopics(topics);
    await admin.close();
  }

  private save(): void {
    writeFileSync(this.path, JSON.stringify(this.noted), { mode: 0o600 });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
