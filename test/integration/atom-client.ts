import { XMLParser } from 'fast-xml-parser';

/** One event as a feed tells it. */
export interface AtomEvent {
  readonly id: string;
  readonly sequence: bigint;
  readonly status: string;
  /** Null for one that deletes. */
  readonly content: { readonly key: string; readonly fields: Readonly<Record<string, unknown>> } | null;
  readonly title: string | null;
}

/** A document of a feed. */
export interface AtomDocument {
  readonly url: string;
  readonly text: string;
  readonly isArchive: boolean;
  readonly links: ReadonlyMap<string, string>;
  readonly events: readonly AtomEvent[];
  readonly positions: readonly Readonly<Record<string, string>>[];
}

interface Element {
  readonly [name: string]: unknown;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  isArray: (name) => ['entry', 'at:deleted-entry', 'link', 'pl:position'].includes(name),
});

/** Reads one document. */
export async function readDocument(get: (url: string) => Promise<Response>, url: string): Promise<AtomDocument> {
  const response = await get(url);
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  const text = await response.text();
  const { feed } = parser.parse(text) as { readonly feed: Element };
  const links = list(feed['link']).map(
    (link) => [String(link['@rel']), new URL(String(link['@href']), url).href] as const,
  );
  return {
    ...{ url, text, isArchive: 'fh:archive' in feed, links: new Map(links) },
    events: [...list(feed['at:deleted-entry']).map(toDeleted), ...list(feed['entry']).map(toEntry)],
    positions: list(feed['pl:position']).map((place) =>
      Object.fromEntries(Object.entries(place).map(([name, value]) => [name.slice(1), String(value)])),
    ),
  };
}

/** As RFC 5005 says: from the subscription document back to the first archive. Answers them from the first on. */
export async function walkBack(get: (url: string) => Promise<Response>, url: string): Promise<readonly AtomDocument[]> {
  const documents: AtomDocument[] = [];
  for (let next: string | undefined = url; next !== undefined;) {
    const document: AtomDocument = await readDocument(get, next);
    documents.unshift(document);
    next = document.links.get('prev-archive');
  }
  return documents;
}

/** The last event of each record. */
export function foldEvents(documents: readonly AtomDocument[]): ReadonlyMap<string, AtomEvent> {
  const state = new Map<string, AtomEvent>();
  for (const event of documents.flatMap(({ events }) => events))
    if (event.sequence > (state.get(event.id)?.sequence ?? 0n)) state.set(event.id, event);
  return state;
}

function list(elements: unknown): readonly Element[] {
  return (elements as readonly Element[] | undefined) ?? [];
}

function toDeleted(element: Element): AtomEvent {
  return { id: String(element['@ref']), ...factsOf(element), content: null, title: null };
}

function toEntry(element: Element): AtomEvent {
  const content = JSON.parse((element['content'] as { readonly '#text': string })['#text']) as AtomEvent['content'];
  return { id: String(element['id']), ...factsOf(element), content, title: String(element['title']) };
}

function factsOf(element: Element): Pick<AtomEvent, 'sequence' | 'status'> {
  const record = element['pl:record'] as Readonly<Record<string, string>>;
  return { sequence: BigInt(record['@sequence'] ?? 0), status: String(record['@status']) };
}
