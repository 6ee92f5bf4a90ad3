import type { ServerResponse } from 'node:http';
import { reply, type ShopArticle, type SmallShop } from './small-shop.js';

/** What an API does to whoever reads its list; each is met in the field. */
export const READING_FAULTS = ['reordered', 'doubled', 'shifting', 'too-many-requests', 'cut', 'old-pages'] as const;
export type ReadingFault = (typeof READING_FAULTS)[number];

/** What an API answers with 200 although it is not the whole list. */
export const LYING_FAULTS = ['empty', 'ends-early', 'filtered'] as const;
export type LyingFault = (typeof LYING_FAULTS)[number];

/** How many requests in a row meet a fault that passes. */
const BURST = 3;

/** One request for a page of the list, the `n`th since the fault began. */
interface ListRequest {
  readonly shop: SmallShop;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly n: number;
  /** Articles when the fault began. */
  readonly older: readonly ShopArticle[];
}

/** @returns true when it has answered */
type Answer = (request: ListRequest) => boolean;

const ANSWERS: Readonly<Record<ReadingFault | LyingFault, Answer>> = {
  reordered: (request) => answerPage(request, articlesOf(request), (page) => page.toReversed()),
  doubled: (request) =>
    answerPage(
      request,
      articlesOf(request).flatMap((article, n) => (n % 7 === 0 ? [article, article] : [article])),
    ),
  shifting: ({ shop, n }) => shift(shop, n),
  'too-many-requests': ({ response, n }) => n <= BURST && turnAway(response),
  cut: ({ response, n }) => n <= BURST && cut(response),
  'old-pages': (request) => request.n % 2 === 0 && answerPage(request, request.older),
  empty: (request) => answerPage(request, []),
  'ends-early': (request) => answerPage(request, articlesOf(request).slice(0, articlesOf(request).length / 2)),
  filtered: (request) => answerPage(request, articlesOf(request).filter(isShown)),
};

/** Makes the shop's list answer wrongly until it is called off. Writes and single records are as ever. */
export function breakLists(shop: SmallShop, fault: ReadingFault | LyingFault): () => void {
  const older = structuredClone([...shop.articles.values()]);
  let n = 0;
  shop.before = (request, response, url) => {
    const isList = request.method === 'GET' && url.pathname === '/articles' && !url.searchParams.has('sku');
    if (!isList) return fault === 'filtered' && request.method === 'GET' && isHidden(shop, url, response);
    n += 1;
    return ANSWERS[fault]({ shop, response, url, n, older });
  };
  return () => {
    shop.before = () => false;
  };
}

function articlesOf({ shop }: ListRequest): ShopArticle[] {
  return [...shop.articles.values()].sort((a, b) => a.id - b.id);
}

/** A row before all others comes and goes between two pages: the others move down, and up again. */
function shift(shop: SmallShop, n: number): boolean {
  const [article] = shop.articles.values();
  if (n % 2 === 0) shop.articles.delete(-1);
  else if (article) shop.articles.set(-1, { ...article, id: -1, sku: 'BEFORE' });
  return false;
}

/** A filter that someone changed shows every second article no more, whichever way it is asked for. */
function isShown({ id }: ShopArticle): boolean {
  return id % 2 === 0;
}

function isHidden(shop: SmallShop, url: URL, response: ServerResponse): boolean {
  const id = Number(url.pathname.split('/')[2] ?? Number.NaN);
  const sku = url.searchParams.get('sku');
  const article = shop.articles.get(id) ?? [...shop.articles.values()].find((one) => one.sku === sku);
  if (!article || isShown(article)) return false;
  if (sku === null) reply(response, 404, { error: 'no such article' });
  else reply(response, 200, { data: { list: [] }, next: null });
  return true;
}

function answerPage(
  { response, url }: ListRequest,
  articles: readonly ShopArticle[],
  arrange = (page: readonly ShopArticle[]): readonly ShopArticle[] => page,
): boolean {
  const [skip, take] = [Number(url.searchParams.get('skip') ?? 0), Number(url.searchParams.get('take') ?? 100)];
  const list = arrange(articles.slice(skip, skip + take)).map((article) => ({ article }));
  reply(response, 200, { data: { list }, next: null });
  return true;
}

function turnAway(response: ServerResponse): boolean {
  reply(response, 429, { error: 'slow down' }, { 'retry-after': '1' });
  return true;
}

function cut(response: ServerResponse): boolean {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' });
  response.write('{"data":{"list":[');
  setTimeout(() => response.destroy(), 20);
  return true;
}
