import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { reservePorts } from './reserve-ports.js';

const opened: Server[] = [];

function listenOn(port: number): Promise<void> {
  const server = createServer();
  opened.push(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

afterEach(async () => {
  for (const server of opened.splice(0)) await new Promise((resolve) => server.close(resolve));
});

describe('reservePorts', () => {
  test('what is reserved can be listened on', async () => {
    const first = await reservePorts(20);
    for (let port = first; port < first + 20; port += 1) await listenOn(port);
    expect(opened).toHaveLength(20);
  });

  test('no port is given twice, though nobody listens on it', async () => {
    const firsts = await Promise.all(Array.from({ length: 60 }, () => reservePorts(20)));
    const ports = firsts.flatMap((first) => Array.from({ length: 20 }, (_, index) => first + index));
    expect(new Set(ports).size).toBe(60 * 20);
  });

  test('a block in which another listens is passed over', async () => {
    const taken = (await reservePorts(1)) + 7;
    await listenOn(taken);
    const firsts = await Promise.all(Array.from({ length: 60 }, () => reservePorts(20)));
    expect(firsts.some((first) => first <= taken && taken < first + 20)).toBe(false);
  });

  test('more than a block holds is refused', async () => {
    await expect(reservePorts(21)).rejects.toThrow('At most 20 ports');
  });
});
