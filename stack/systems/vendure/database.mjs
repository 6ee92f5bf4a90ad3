// Makes the database of a Vendure: a clone of a template, which is built when it is missing.
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const load = createRequire(import.meta.url); // NODE_PATH leads to the downloaded packages
const { Client } = load('pg');
const { VENDURE_SERVER, VENDURE_TEMPLATE, VENDURE_DATABASE } = process.env;
const BUILD_TIMEOUT_MS = 300_000;

await onServer(async (client) => {
  if (await exists(client, VENDURE_DATABASE)) return;
  // two launchers may share a server
  await client.query('SELECT pg_advisory_lock(hashtext($1))', [VENDURE_TEMPLATE]);
  if (!(await exists(client, VENDURE_TEMPLATE))) await buildTemplate(client);
  await client.query(`CREATE DATABASE "${VENDURE_DATABASE}" TEMPLATE "${VENDURE_TEMPLATE}"`);
});

/** Built under another name, so that a template is always complete. */
async function buildTemplate(client) {
  const unfinished = `${VENDURE_TEMPLATE}_unfinished`;
  await client.query(`DROP DATABASE IF EXISTS "${unfinished}" WITH (FORCE)`);
  await client.query(`CREATE DATABASE "${unfinished}" TEMPLATE template0 ENCODING 'UTF8'`);
  await populate(unfinished);
  await client.query(`ALTER DATABASE "${unfinished}" RENAME TO "${VENDURE_TEMPLATE}"`);
}

function populate(database) {
  const env = { ...process.env, VENDURE_DATABASE: database };
  const child = fork(join(import.meta.dirname, 'populate.mjs'), { env, timeout: BUILD_TIMEOUT_MS });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`the template database was not built: ended with ${code ?? signal}`));
    });
  });
}

async function exists(client, name) {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  return rowCount === 1;
}

async function onServer(work) {
  const client = new Client({ connectionString: VENDURE_SERVER });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
