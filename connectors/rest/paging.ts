import { z } from 'zod';
import type { PagingOptions } from './entity-options.js';
import { readPath, scalarText } from './json.js';
import { fillQuery } from './template.js';
import { afterWindow, startWindow, windowRequest, windowSchema, type Window } from './windows.js';

/** Where reading a list is; JSON, so that it can be part of a durable cursor. */
export const pagingStateSchema = z.discriminatedUnion('at', [
  z.strictObject({ at: z.literal('start') }),
  z.strictObject({ at: z.literal('window'), window: windowSchema }),
  /** Word, address or id from which the next page is asked. */
  z.strictObject({ at: z.literal('next'), next: z.string() }),
]);
export type PagingState = z.infer<typeof pagingStateSchema>;

/** What the next request adds to the query of the list, or the address that it asks instead. */
export interface PageRequest {
  readonly query: Readonly<Record<string, string>>;
  readonly address?: string;
}

/** What a page tells about the next one. */
export interface PageFacts {
  /** Ids in the order of the page; null for an item without one. */
  readonly ids: readonly (string | null)[];
  readonly body: unknown;
  readonly link: string | undefined;
}

/** After a page: where to go on, or the end; `broken` says that the vendor's paging goes in a circle. */
export type PagingStep =
  { readonly kind: 'more'; readonly state: PagingState } | { readonly kind: 'end' } | { readonly kind: 'broken' };

export const START: PagingState = { at: 'start' };

/** The request for the page at this state. Pure. */
export function toPageRequest(paging: PagingOptions, state: PagingState): PageRequest {
  const next = state.at === 'next' ? state.next : null;
  switch (paging.kind) {
    case 'none':
      return { query: {} };
    case 'page':
    case 'offset':
      return { query: windowRequest(paging, windowOf(state)) };
    case 'cursor':
      return { query: next === null ? {} : { [paging.parameter]: next } };
    case 'link':
      return next === null ? { query: {} } : { query: {}, address: next };
    case 'keyset':
      return { query: { ...afterId(paging.after, next), [paging.limit]: String(paging.pageSize) } };
  }
}

/** What follows a page. Pure. */
export function toNextPage(paging: PagingOptions, state: PagingState, page: PageFacts): PagingStep {
  switch (paging.kind) {
    case 'none':
      return { kind: 'end' };
    case 'page':
    case 'offset': {
      const window = afterWindow(paging, windowOf(state), page.ids);
      return window === null ? { kind: 'end' } : { kind: 'more', state: { at: 'window', window } };
    }
    case 'cursor':
      return toNext(state, scalarText(readPath(page.body, paging.next)));
    case 'link':
      return toNext(state, linkOf(paging, page));
    case 'keyset':
      // A short page may be the vendor's cap: only an empty one is the end.
      return toNext(state, page.ids.filter((id) => id !== null).at(-1) ?? null);
  }
}

function afterId(template: Readonly<Record<string, string>>, id: string | null): Record<string, string> {
  return id === null ? {} : fillQuery(template, { id });
}

function windowOf(state: PagingState): Window {
  return state.at === 'window' ? state.window : startWindow();
}

function linkOf({ next }: { readonly next?: string | undefined }, { body, link }: PageFacts): string | null {
  return next === undefined ? nextOf(link) : scalarText(readPath(body, next));
}

function toNext(state: PagingState, next: string | null): PagingStep {
  if (next === null || next === '') return { kind: 'end' };
  if (state.at === 'next' && state.next === next) return { kind: 'broken' };
  return { kind: 'more', state: { at: 'next', next } };
}

/** The target of `rel="next"` in a Link header (RFC 8288). */
function nextOf(link: string | undefined): string | null {
  for (const [, address, parameters] of (link ?? '').matchAll(/<([^>]*)>((?:\s*;\s*[^,;]+(?:"[^"]*")?)*)/g))
    if (/;\s*rel\s*=\s*"?(?:[^"]*\s)?next(?:\s[^"]*)?"?/i.test(parameters ?? '')) return address ?? null;
  return null;
}
