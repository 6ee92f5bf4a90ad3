// Bugs that connectors are known to have, each planted into a real connector: what it answers is spoiled on its way out,
// what it is asked on its way in.
import type { Connector, ObservedRecord, WriteOutcome } from '#connector-sdk';
import type { Entity } from '#contracts';
import { HubError, type ErrorCode, type ExternalId } from '#kernel';

/** Spoils a connector. */
export type Bug = (connector: Connector) => Connector;

const WHOLE = { from: null, to: null };
const MANY = 100;

/** The connector with some methods of another. */
export function changed(inner: Connector, change: Partial<Connector>): Connector {
  const digest = inner.digest?.bind(inner);
  return {
    capabilities: (entity) => inner.capabilities(entity),
    check: () => inner.check(),
    discover: () => inner.discover(),
    changes: (entity, cursor, limit) => inner.changes(entity, cursor, limit),
    scan: (entity, range, after, limit) => inner.scan(entity, range, after, limit),
    fetch: (entity, selector) => inner.fetch(entity, selector),
    apply: (entity, writes) => inner.apply(entity, writes),
    ...(digest ? { digest } : {}),
    close: () => inner.close(),
    ...change,
  };
}

const byTime = (one: ObservedRecord, other: ObservedRecord): number =>
  `${one.changedAt} ${one.externalId}` < `${other.changedAt} ${other.externalId}` ? -1 : 1;

async function readEverything(inner: Connector, entity: Entity): Promise<ObservedRecord[]> {
  const records: ObservedRecord[] = [];
  let after: ExternalId | null = null;
  do {
    const page: Awaited<ReturnType<Connector['scan']>> = await inner.scan(entity, WHOLE, after, MANY);
    records.push(...page.records);
    after = page.next;
  } while (after !== null);
  return records;
}

/** A cursor that is made of a record; records after it come next, and nothing before it is looked at again. */
function cursorOf(place: (record: ObservedRecord) => string): Bug {
  return (inner) =>
    changed(inner, {
      changes: async (entity, cursor, limit) => {
        const sorted = (await readEverything(inner, entity)).sort(byTime);
        const left = sorted.filter((record) => cursor === null || place(record) > cursor);
        const records = left.slice(0, limit);
        const last = records.at(-1);
        return { records, rejected: [], cursor: last ? place(last) : (cursor ?? ''), more: left.length > limit };
      },
    });
}

export const cursorOnTimeAlone = cursorOf(({ changedAt }) => String(changedAt));

export const noOverlap = cursorOf(({ changedAt, externalId }) => `${changedAt} ${externalId}`);

export const changesByOffset: Bug = (inner) =>
  changed(inner, {
    changes: async (entity, cursor, limit) => {
      const sorted = (await readEverything(inner, entity)).sort(byTime);
      const records = sorted.slice(Number(cursor), Number(cursor) + limit);
      const end = Number(cursor) + records.length;
      return { records, rejected: [], cursor: String(end), more: end < sorted.length };
    },
  });

export const scanByOffset: Bug = (inner) => {
  let offset = 0;
  return changed(inner, {
    scan: async (entity, _range, after, limit) => {
      if (after === null) offset = 0;
      const all = await readEverything(inner, entity);
      const records = all.slice(offset, offset + limit);
      offset += limit;
      return { records, rejected: [], next: offset < all.length ? (records.at(-1)?.externalId ?? null) : null };
    },
  });
};

/** Strings of JavaScript compare by UTF-16 units, databases by bytes. */
export const scanInUtf16Order: Bug = (inner) =>
  changed(inner, {
    scan: async (entity, _range, after, limit) => {
      const all = (await readEverything(inner, entity)).sort((one, other) =>
        one.externalId < other.externalId ? -1 : 1,
      );
      const left = all.filter(({ externalId }) => after === null || externalId > after);
      const records = left.slice(0, limit);
      return { records, rejected: [], next: left.length > limit ? (records.at(-1)?.externalId ?? null) : null };
    },
  });

export const trimsTexts: Bug = (inner) =>
  changed(inner, {
    changes: async (entity, cursor, limit) => {
      const page = await inner.changes(entity, cursor, limit);
      const trimmed = JSON.stringify(page.records, (_, value: unknown) =>
        typeof value === 'string' ? value.trim() : value,
      );
      return { ...page, records: JSON.parse(trimmed) as ObservedRecord[] };
    },
  });

/** A reading that fails is taken for one that found nothing. */
export function emptyOn(...codes: readonly ErrorCode[]): Bug {
  const orEmpty = <T>(work: Promise<T>, empty: T): Promise<T> =>
    work.catch((error: unknown) => {
      if (error instanceof HubError && codes.includes(error.code)) return empty;
      throw error;
    });
  return (inner) =>
    changed(inner, {
      scan: (...asked) => orEmpty(inner.scan(...asked), { records: [], rejected: [], next: null }),
      fetch: (...asked) => orEmpty(inner.fetch(...asked), { records: [], rejected: [] }),
    });
}

/** Outcomes are changed after the write. */
function outcomes(change: (all: readonly WriteOutcome[]) => readonly WriteOutcome[]): Bug {
  return (inner) => changed(inner, { apply: async (entity, writes) => change(await inner.apply(entity, writes)) });
}

export const unknownIsRejected = outcomes((all) =>
  all.map((one) => (one.kind === 'unknown' ? { kind: 'rejected', reason: one.reason } : one)),
);

export const oneRejectsAll = outcomes((all) =>
  all.find(({ kind }) => kind === 'rejected') === undefined
    ? all
    : all.map(() => ({ kind: 'rejected', reason: 'the page was refused' })),
);

/** What was written is known by the version that it replaced: read back, it looks like somebody's change. */
export const echoPublished: Bug = (inner) =>
  changed(inner, {
    apply: async (entity, writes) =>
      (await inner.apply(entity, writes)).map((outcome, n) =>
        outcome.kind === 'applied'
          ? { ...outcome, stored: { ...outcome.stored, version: writes[n]?.expectedVersion ?? null } }
          : outcome,
      ),
  });

export const lostPrecondition: Bug = (inner) =>
  changed(inner, {
    apply: (entity, writes) =>
      inner.apply(
        entity,
        writes.map((write) => ({ ...write, expectedVersion: null })),
      ),
  });

/** An error of a write, whatever it is, is blamed on the records. */
export const errorIsRejected: Bug = (inner) =>
  changed(unknownIsRejected(inner), {
    apply: (entity, writes) =>
      unknownIsRejected(inner)
        .apply(entity, writes)
        .catch((error: Error) => writes.map(() => ({ kind: 'rejected', reason: error.message }))),
  });
