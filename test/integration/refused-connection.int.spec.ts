import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { silentLogger } from '#kernel';
import { Database } from '#store-postgres';
import { eventually } from '#testing';
import { PostgresClient } from '../../connectors/sql/postgres/client.js';
import { serverAddresses } from '../harness/servers.js';

const open = new Set<Socket>();
let line: Server;
let asked: string;

/** A line to the server, on which connections can be counted: one that was not let in is in none of the server's views. */
beforeAll(async () => {
  const { port, hostname } = new URL(serverAddresses().databaseUrl);
  line = createServer((socket) => {
    open.add(socket);
    const there = connect(Number(port), hostname);
    socket.on('close', () => {
      open.delete(socket);
      there.destroy();
    });
    socket.pipe(there).pipe(socket);
  });
  line.listen(0, '127.0.0.1');
  await once(line, 'listening');
  const server = new URL(serverAddresses().databaseUrl);
  server.port = String((line.address() as AddressInfo).port);
  server.password = '';
  asked = server.href;
});
afterAll(() => {
  for (const socket of open) socket.destroy();
  line.close();
});

const options = { url: '', schema: 'public', applicationName: 'refused', poolSize: 2 };

test.each<readonly [string, () => Promise<unknown>]>([
  ['a database of the hub', () => Database.connect({ ...options, url: asked }, [])],
  [
    'a system',
    async () => {
      const client = new PostgresClient(
        { ...options, url: asked, statementTimeoutMs: 5_000, readOnly: true },
        silentLogger,
      );
      await client.query('SELECT 1').finally(() => client.close());
    },
  ],
])('%s that asks for a password which nobody gave is left at once', async (_what, connecting) => {
  await expect(connecting()).rejects.toThrow(/password/);
  await eventually(async () => expect(open.size).toBe(0), { timeoutMs: 5_000, intervalMs: 20 });
});
