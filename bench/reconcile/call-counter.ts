import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { ApiCalls } from './api-server.js';

/** An HTTP line to a server that counts the calls which pass. */
export interface CallCounter {
  /** The given address by way of the line: user, password and fragment are kept. */
  readonly url: string;
  calls(): ApiCalls;
  close(): Promise<void>;
}

/** Opens a line to the http server of an address. @param isPage whether a call with this body asks for a page of a scan */
export async function openCallCounter(address: string, isPage: (body: string) => boolean): Promise<CallCounter> {
  const target = new URL(address);
  const counts = { pages: 0, others: 0 };
  const server = createServer((call, answer) => {
    passOn(target, call, answer, (body) => {
      counts[isPage(body) ? 'pages' : 'others'] += 1;
    }).catch(() => answer.destroy()); // whoever lost the line reports it
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(address);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    calls: () => ({ ...counts }),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
    },
  };
}

async function passOn(
  { hostname, port }: URL,
  call: IncomingMessage,
  answer: ServerResponse,
  count: (body: string) => void,
): Promise<void> {
  const body = await buffer(call);
  count(body.toString());
  const { method, url: path, headers } = call;
  const onward = request({ hostname, port, method, path, headers });
  onward.end(body);
  const [response] = (await once(onward, 'response')) as [IncomingMessage];
  answer.writeHead(response.statusCode ?? 502, response.headers);
  await pipeline(response, answer);
}
