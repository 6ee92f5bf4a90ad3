// A small shop with a REST API of its own, over HTTP: every way of paging, versions by ETag, whole-record replacement.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An article of the shop; `cost` has more digits than a double, `token` is a secret that must not leave a log. */
export interface ShopArticle {
  id: number;
  sku: string;
  title: string | null;
  price: number;
  rev: number;
  modified: string;
  removed: boolean;
  token: string;
}

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean | Promise<boolean>;

/** What the shop knows but must never be told on. */
export const SHOP_SECRET = 'hush-hush-7f3a';
const COST = '12345678901234567.123456789';

export class SmallShop {
  readonly articles = new Map<number, ShopArticle>();
  /** Requests as `METHOD /path?query`. */
  readonly requests: string[] = [];
  /** Bodies of writes, as they came. */
  readonly bodies: string[] = [];
  /** Asked before the shop answers by itself; true when it has answered. */
  before: Handler = () => false;
  private nextId = 1;

  private constructor(private readonly server: Server) {}

  static async open(): Promise<SmallShop> {
    const server = createServer();
    const shop = new SmallShop(server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void shop.answer(request, response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return shop;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  add(sku: string, change: Partial<ShopArticle> = {}): ShopArticle {
    const id = this.nextId;
    this.nextId += 1;
    const modified = '2026-01-01T00:00:00Z';
    const article = {
      id,
      sku,
      title: sku,
      price: 1.5,
      rev: 1,
      modified,
      removed: false,
      token: SHOP_SECRET,
      ...change,
    };
    this.articles.set(id, article);
    return article;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${this.host}`);
    const body = await readBody(request);
    this.requests.push(`${request.method} ${request.url}`);
    if (body !== '') this.bodies.push(body);
    if (await this.before(request, response, url)) return;
    const [, root, id] = url.pathname.split('/');
    if (root !== 'articles') return reply(response, 404, { error: 'no such path' });
    if (id === undefined && request.method === 'GET') return this.list(url, response);
    if (id === undefined) return this.create(body, response);
    return this.one({ request, response, body }, this.articles.get(Number(id)));
  }

  private list(url: URL, response: ServerResponse): void {
    const query = url.searchParams;
    const [sku, since, after] = [query.get('sku'), query.get('since'), query.get('after')];
    const rows = [...this.articles.values()]
      .filter((row) => sku === null || row.sku === sku)
      .filter((row) => since === null || row.modified >= since)
      .filter((row) => after === null || row.id > Number(after))
      .sort((a, b) => (query.get('sort') === 'modified' ? compare(a.modified, b.modified) : 0) || a.id - b.id);
    const take = Number(query.get('take') ?? query.get('per') ?? 100);
    const page = query.get('page');
    const start = Number(query.get('skip') ?? query.get('cursor') ?? (page === null ? 0 : (Number(page) - 1) * take));
    const end = start + take;
    const isMore = end < rows.length;
    url.searchParams.set('cursor', String(end));
    const link = isMore ? { link: `<${url.href}>; rel="next", <${url.href}>; rel="last"` } : {};
    const data = { list: rows.slice(start, end).map((article) => ({ article })) };
    reply(response, 200, { data, next: isMore ? String(end) : null }, link);
  }

  private create(body: string, response: ServerResponse): void {
    const article = JSON.parse(body) as Partial<ShopArticle> & { sku: string };
    const isTaken = [...this.articles.values()].some(({ sku }) => sku === article.sku);
    if (isTaken) return reply(response, 409, { error: 'sku is taken' });
    if ((article.price ?? 0) < 0) return reply(response, 422, { error: 'price is negative' });
    reply(response, 201, { article: this.add(article.sku, article) });
  }

  private one(
    { request, response, body }: { request: IncomingMessage; response: ServerResponse; body: string },
    article: ShopArticle | undefined,
  ): void {
    if (article === undefined) return reply(response, 404, { error: 'no such article' });
    if (request.method === 'GET') return reply(response, 200, { article });
    const expected = request.headers['if-match'];
    if (expected !== undefined && expected !== `"${article.rev}"`) return reply(response, 412, { error: 'it moved' });
    if (request.method === 'DELETE') {
      this.articles.delete(article.id);
      return reply(response, 204);
    }
    const change = JSON.parse(body) as ShopArticle;
    if (change.price < 0) return reply(response, 422, { error: 'price is negative' });
    this.articles.set(article.id, { ...change, rev: article.rev + 1 });
    reply(response, 200, { article: this.articles.get(article.id) });
  }
}

/** Answers JSON; records show a number with more digits than a double holds. */
export function reply(
  response: ServerResponse,
  status: number,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body).replaceAll(/"id":(\d+),/g, `"id":$1,"cost":${COST},`));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
