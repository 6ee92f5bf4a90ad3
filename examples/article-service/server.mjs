// A small shop with articles, spoken to by JSON over HTTP: the system of docs/write-a-connector.md. Every bearer token has
// articles of its own; one that begins with `read-` may not write. `PORT=8080 node examples/article-service/server.mjs`
import { createServer } from 'node:http';

import { ArticleStore } from './article-store.mjs';

const stores = new Map();

const server = createServer((request, response) => {
  answer(request).then(
    ({ status, body }) => send(response, status, body),
    (error) => send(response, error instanceof SyntaxError ? 400 : 500, { reason: error.message }),
  );
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});

async function answer(request) {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (!token) return { status: 401, body: { reason: 'send a bearer token' } };
  const mayWrite = !token.startsWith('read-');
  if (!stores.has(token)) stores.set(token, new ArticleStore());
  const url = new URL(request.url, 'http://shop');
  const call = { store: stores.get(token), mayWrite, query: url.searchParams, id: url.pathname.split('/')[2] };
  const route = ROUTES[`${request.method} /${url.pathname.split('/')[1]}${call.id ? '/*' : ''}`];
  if (!route) return { status: 404, body: { reason: 'no such page' } };
  if (route.writes && !mayWrite) return { status: 403, body: { reason: 'this token may only read' } };
  const body = await readJson(request);
  return route.run({ ...call, body, version: (request.headers['if-match'] ?? '').replaceAll('"', '') });
}

const ROUTES = {
  'GET /about': {
    run: ({ mayWrite }) => ({ status: 200, body: { name: 'article service', version: '1.4', mayWrite } }),
  },
  'GET /changes': {
    run: ({ store, query }) => ({ status: 200, body: store.changes(Number(query.get('since') ?? 0), limitOf(query)) }),
  },
  'GET /articles': {
    run: ({ store, query }) => ({
      status: 200,
      body: store.list(query.get('after') ?? '', query.get('until'), limitOf(query)),
    }),
  },
  'POST /find': { run: ({ store, body }) => ({ status: 200, body: { articles: store.find(body) } }) },
  'POST /articles': { writes: true, run: ({ store, body }) => toAnswer(store.create(body)) },
  'PATCH /articles/*': {
    writes: true,
    run: ({ store, id, version, body }) => toAnswer(store.update(id, version, body)),
  },
  'DELETE /articles/*': { writes: true, run: ({ store, id, version }) => toAnswer(store.remove(id, version)) },
};

function toAnswer({ status, ...body }) {
  return { status, body };
}

function limitOf(query) {
  return Math.min(Number(query.get('limit') ?? 100), 500);
}

async function readJson(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text === '' ? {} : JSON.parse(text);
}

function send(response, status, body) {
  const etag = body.article ? { etag: `"${body.article.version}"` } : {};
  response.writeHead(status, { 'content-type': 'application/json', ...etag }).end(JSON.stringify(body));
}
