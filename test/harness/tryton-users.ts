import type { SuiteRecord } from '#connector-sdk/testing';
import type { CanonicalFields } from '#kernel';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const FOLDER = import.meta.dirname;
const RUNNER = join(FOLDER, '../../stack/systems/tryton/run-python.mjs');
const answerSchema = z.union([z.object({ error: z.string() }), z.object({ result: z.unknown() })]);
const readSchema = z.record(z.string(), z.record(z.string(), z.any()));

/** What the users can put and read. */
export type TestEntity = 'product' | 'customer';

/** The database that tests may empty. */
export const TEST_DATABASE = 'tryton_test';

/** Address and account of the test system. @throws when a test runs without its set-up */
export function trytonUrl(): string {
  const url = process.env['TRYTON_URL'];
  if (!url) throw new Error('TRYTON_URL is not set: run this test by `npm run test:real`');
  return url;
}

/** Tryton's users, at work in {@link TEST_DATABASE} through Tryton's own models: `tryton-users.py`, a process of its own. */
export class TrytonUsers {
  private readonly waiting: { resolve(result: unknown): void; reject(error: Error): void }[] = [];
  private readonly process: ChildProcessWithoutNullStreams;
  private problems = '';

  constructor() {
    this.process = spawn(process.execPath, [RUNNER, join(FOLDER, 'tryton-users.py'), TEST_DATABASE]);
    createInterface({ input: this.process.stdout }).on('line', (line) => this.take(line));
    this.process.stderr.on('data', (chunk: Buffer) => (this.problems += chunk.toString()));
    this.process.on('exit', () => {
      const error = new Error(`Tryton's users are gone: ${this.problems.slice(-2_000)}`);
      for (const { reject } of this.waiting.splice(0)) reject(error);
    });
  }

  empty(): Promise<unknown> {
    return this.ask({ do: 'empty' });
  }

  put(records: readonly SuiteRecord[], entity: TestEntity = 'product'): Promise<unknown> {
    return this.ask({ do: 'put', records, entity });
  }

  /** Puts records in a transaction that stays open until `commit`. */
  putLate(records: readonly SuiteRecord[], entity: TestEntity = 'product'): Promise<unknown> {
    return this.ask({ do: 'late', records, entity });
  }

  async commit(): Promise<void> {
    await this.ask({ do: 'commit' });
  }

  /** Deletes by template, as people do, or the variants alone. */
  remove(keys: readonly string[], by: 'template' | 'variant' | 'party' = 'template'): Promise<unknown> {
    return this.ask({ do: 'remove', keys, by });
  }

  async read(entity: TestEntity = 'product'): Promise<ReadonlyMap<string, CanonicalFields>> {
    const read = readSchema.parse(await this.ask({ do: 'read', entity })) as Record<string, CanonicalFields>;
    return new Map(Object.entries(read));
  }

  /** Adds a product without code; returns its external id. */
  async putUnmappable(): Promise<string> {
    return z.string().parse(await this.ask({ do: 'unmappable' }));
  }

  /** A number that is another after any write. */
  async countWrites(): Promise<number> {
    return z.number().parse(await this.ask({ do: 'count_writes' }));
  }

  /** Counts a product in the warehouse. */
  countStock(key: string, quantity: number): Promise<unknown> {
    return this.ask({ do: 'count_stock', key, quantity });
  }

  /** Changes the identifier that holds the brand, and nothing else. */
  renameBrand(key: string, brand: string): Promise<unknown> {
    return this.ask({ do: 'rename_brand', key, brand });
  }

  async templateOf(key: string): Promise<number> {
    return z.int().parse(await this.ask({ do: 'template_of', key }));
  }

  /** Makes a user who may nothing. */
  addUser(login: string, password: string): Promise<unknown> {
    return this.ask({ do: 'add_user', login, password });
  }

  /** When product and template were last written. */
  async stamps(key: string): Promise<readonly string[]> {
    return z.array(z.string()).parse(await this.ask({ do: 'stamps', key }));
  }

  async create(model: string, values: object): Promise<number> {
    const [id] = z.array(z.int()).parse(await this.ask({ do: 'create', model, values }));
    return id ?? 0;
  }

  write(model: string, ids: readonly number[], values: object): Promise<unknown> {
    return this.ask({ do: 'write', model, ids, values });
  }

  delete(model: string, ids: readonly number[]): Promise<unknown> {
    return this.ask({ do: 'delete', model, ids });
  }

  /** Ends the process. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.stdin.end();
    await ended;
  }

  private ask(command: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.process.stdin.write(`${JSON.stringify(command)}\n`);
    });
  }

  private take(line: string): void {
    const answer = answerSchema.parse(JSON.parse(line));
    const waiting = this.waiting.shift();
    if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.result);
  }
}
