// Is a server ready? Each probe speaks the server's own protocol, and answers true or false, never an error.
import { connect } from 'node:net';

const TIMEOUT_MS = 2_000;

/** True when something accepts connections there. */
export async function acceptsConnections({ host, port }) {
  return (await exchange({ host, port }, null)) !== null;
}

/** Sends an ApiVersions request (key 18, version 0): a broker answers with our correlation id and error code 0. */
export async function isKafkaReady(address) {
  const request = Buffer.alloc(14);
  request.writeInt32BE(10, 0);
  request.writeInt16BE(18, 4);
  request.writeInt16BE(0, 6);
  request.writeInt32BE(42, 8);
  request.writeInt16BE(-1, 12);
  const reply = await exchange(address, request, 10);
  return reply !== null && reply.length >= 10 && reply.readInt32BE(4) === 42 && reply.readInt16BE(8) === 0;
}

/** Sends a start-up packet, as pg_isready does: "R" asks for the password, so the server takes sessions. */
export async function isPostgresReady(address, { user, database }) {
  const body = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(body.length + 8, 0);
  head.writeInt32BE(196_608, 4); // protocol 3.0
  const reply = await exchange(address, Buffer.concat([head, body]), 1);
  return reply?.[0] === 'R'.charCodeAt(0);
}

/** PING; while an append-only file is loaded the answer is -LOADING. */
export async function isValkeyReady(address) {
  const reply = await exchange(address, Buffer.from('PING\r\n'), 7);
  return reply?.toString('latin1').startsWith('+PONG') ?? false;
}

/** A GET that answers 200. */
export async function isHttpReady(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Sends a request, resolves with at least `replyBytes` of the answer; null when there is none in time. */
function exchange({ host, port }, request, replyBytes = 0) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let reply = Buffer.alloc(0);
    const finish = (result) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(TIMEOUT_MS, () => finish(null));
    socket.once('error', () => finish(null));
    socket.once('close', () => resolve(null));
    socket.once('connect', () => (request === null ? finish(reply) : socket.write(request)));
    socket.on('data', (chunk) => {
      reply = Buffer.concat([reply, chunk]);
      if (reply.length >= replyBytes) finish(reply);
    });
  });
}
