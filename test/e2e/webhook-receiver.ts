import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseWebhookSecret, verifyWebhook, type WebhookSecret } from '#webhooks';

/** One request as a receiver saw it. */
export interface ReceivedEvent {
  readonly id: string;
  readonly key: string;
  readonly version: number;
  readonly fields: Readonly<Record<string, unknown>>;
  /** What was answered; null when it was left without an answer. */
  readonly status: number | null;
}

/** What a receiver answers; null for nothing at all. */
export type Answer = (event: Omit<ReceivedEvent, 'status'>) => number | null;

/** Receivers of webhooks by path, on a loopback port of their own; each verifies what it gets. */
export class WebhookReceiver {
  readonly refused: string[] = [];
  private readonly received = new Map<string, ReceivedEvent[]>();
  private readonly answers = new Map<string, Answer>();
  private readonly server = createServer((request, response) => void this.onRequest(request, response));

  /** @param secret the one that receivers know */
  constructor(private readonly secret: string) {}

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** 200 unless told otherwise. */
  answer(name: string, answer: Answer): void {
    this.answers.set(name, answer);
  }

  of(name: string): readonly ReceivedEvent[] {
    return this.received.get(name) ?? [];
  }

  /** Versions of a key in the order in which they were taken, each once. */
  versionsOf(name: string, key: string): number[] {
    const taken = this.of(name).filter((event) => event.key === key && event.status === 200);
    return [...new Map(taken.map((event) => [event.id, event.version])).values()];
  }

  private async onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const name = request.url?.slice(1) ?? '';
    const headers = request.headers as Readonly<Record<string, string>>;
    const verdict = verifyWebhook({ headers, body }, [parseWebhookSecret(this.secret) as WebhookSecret], Date.now());
    if (verdict.kind === 'refused') {
      this.refused.push(`${name}: ${verdict.reason}`);
      response.writeHead(401).end();
      return;
    }
    const { data } = JSON.parse(body.toString('utf8')) as {
      readonly data: ReceivedEvent & { readonly version: string };
    };
    const event = { id: verdict.id, key: data.key, version: Number(data.version), fields: data.fields };
    const status = (this.answers.get(name) ?? (() => 200))(event);
    this.received.set(name, [...this.of(name), { ...event, status }]);
    if (status !== null) response.writeHead(status).end();
  }
}
