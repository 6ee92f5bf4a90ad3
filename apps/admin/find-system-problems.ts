import type { SetAside, SystemOverview, SystemStatus } from '#contracts';
import type { FoundProblem } from './found-problem.js';

const SAMPLES = 5;
const MANY_WAITING = 1_000;

const KINDS: Readonly<Record<SetAside['kind'], { readonly what: string; readonly advice: string }>> = {
  'rejected-read': {
    what: 'can’t be read by the mapping',
    advice: 'Correct them in their system, or the mapping in the hub file.',
  },
  'rejected-write': {
    what: 'were refused by the system',
    advice: 'Correct what the system complains of; the hub tries again when the record changes.',
  },
  parked: {
    what: 'are parked: two writers disagree, or the system undoes the hub’s write',
    advice: 'Let one system own the field, or stop the other writer.',
  },
  'dead-letter': {
    what: 'are dead letters: their event can’t be used',
    advice: 'Look at the message and at who wrote it.',
  },
};

/** What is wrong in one system. Pure. */
export function findSystemProblems(system: Omit<SystemOverview, 'status'>, status: SystemStatus): FoundProblem[] {
  const path = `/systems/${encodeURIComponent(system.id)}`;
  const next = { label: 'Open system', path };
  return [
    ...standing(status).map((problem) => ({ ...problem, next })),
    ...unscanned(status).map((problem) => ({ ...problem, next })),
    ...waitsForMode(system, status).map((problem) => ({ ...problem, next: { label: 'See what differs', path } })),
    ...setAside(status).map((problem) => ({ ...problem, next: { label: 'Show records', path: `${path}#set-aside` } })),
  ];
}

type Bare = Omit<FoundProblem, 'next'>;

function standing({ system, state, problem, outboxRows }: SystemStatus): Bare[] {
  const shared = { since: null, records: null, samples: [] } as const;
  const detail = problem ?? 'No reason given.';
  const waiting: Bare = {
    ...{ ...shared, id: `waiting:${system}`, urgency: 'watch', records: outboxRows },
    what: `${system}: changes wait to be published`,
    detail: 'They are kept in order and go out as soon as Kafka takes them.',
    advice: 'Nothing to do while the number falls; else look at the brokers.',
  };
  const stopped: Bare = {
    ...{ ...shared, id: `stopped:${system}`, urgency: 'act', what: `${system} has stopped`, detail },
    advice: 'Somebody must act: the hub does not go on by itself.',
  };
  const down: Bare = {
    ...{ ...shared, id: `down:${system}`, urgency: 'watch', what: `${system} is down`, detail },
    advice: 'The hub keeps trying; what was missed is delivered when it is back.',
  };
  return [
    ...(state === 'stopped' ? [stopped] : []),
    ...(state === 'down' ? [down] : []),
    ...(outboxRows >= MANY_WAITING ? [waiting] : []),
  ];
}

function unscanned({ system, state, entities }: SystemStatus): Bare[] {
  if (state !== 'running') return [];
  return entities
    .filter(({ firstScanCompletedAt }) => firstScanCompletedAt === null)
    .map(({ entity, live }) => ({
      ...{ id: `unscanned:${system}:${entity}`, urgency: 'watch', since: null, records: live, samples: [] },
      what: `${system} ${entity}: the first complete scan is under way`,
      detail: 'Until it is done counts are not final and nothing is written.',
      advice: 'Nothing to do.',
    }));
}

function waitsForMode({ id, wishedMode }: Omit<SystemOverview, 'status'>, { mode, entities }: SystemStatus): Bare[] {
  if (wishedMode !== 'write' || mode === 'write') return [];
  return [
    {
      ...{ id: `mode:${id}`, urgency: 'act', since: null, samples: [] },
      what: `${id} is only observed`,
      detail: 'The hub file wants it written; until somebody says so the hub only reads it.',
      advice: 'Look at what would be written, then let the hub write.',
      records: entities.reduce((sum, { due }) => sum + due, 0),
    },
  ];
}

function setAside({ system, setAside: items, entities }: SystemStatus): Bare[] {
  const total = entities.reduce((sum, entity) => sum + entity.setAside, 0);
  const kinds = [...new Set(items.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const listed = items.filter((item) => item.kind === kind);
    const [oldest] = listed.map(({ at }) => at).sort();
    const reasons = [...new Set(listed.map(({ reason }) => reason))].slice(0, 2);
    return {
      ...{ id: `set-aside:${system}:${kind}`, urgency: 'act', since: oldest ?? null },
      what: `${system}: records ${KINDS[kind].what}`,
      detail: reasons.join(' · '),
      advice: KINDS[kind].advice,
      // the connector lists the first hundred; of one kind alone the count is exact
      records: kinds.length === 1 ? Math.max(total, listed.length) : listed.length,
      samples: listed.slice(0, SAMPLES).map(({ key, externalId }) => key ?? externalId),
    };
  });
}
