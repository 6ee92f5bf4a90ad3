import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Where the servers of this test run are. */
export interface ServerAddresses {
  readonly kafkaBrokers: readonly string[];
  /** Base of the registry's Confluent API. */
  readonly registryUrl: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

/** The addresses that jest's global set-up put into the environment. @throws when a test runs without that set-up */
export function serverAddresses(): ServerAddresses {
  return {
    kafkaBrokers: address('KAFKA_BROKERS').split(','),
    registryUrl: address('REGISTRY_URL'),
    databaseUrl: address('DATABASE_URL'),
    redisUrl: address('REDIS_URL'),
  };
}

/** A name that no other test file or run uses; valid for topics, groups, schemas and databases alike. */
export function unique(prefix: string): string {
  return `${prefix}_${randomBytes(5).toString('hex')}`;
}

/** An empty database of one test. */
export interface ScratchDatabase {
  readonly url: string;
  /** Ends all sessions of the database and deletes it. */
  drop(): Promise<void>;
}

/** Creates an empty database on the server of this run. */
export async function createDatabase(prefix = 'scratch'): Promise<ScratchDatabase> {
  const name = unique(prefix);
  // template0: nobody is ever connected to it, so that files may create databases at the same time.
  await onServer(`CREATE DATABASE "${name}" TEMPLATE template0 ENCODING 'UTF8'`);
  const url = new URL(serverAddresses().databaseUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`) };
}

/** Hands `work` the address of an empty database, which is deleted afterwards. */
export async function withDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  const database = await createDatabase();
  try {
    return await work(database.url);
  } finally {
    await database.drop();
  }
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverAddresses().databaseUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function address(variable: string): string {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} is not set: run this test by \`npm run test:int\` or \`npm run test:e2e\``);
  return value;
}
