import type { Hold, ParkedOfService, RoundReport, SystemOverview, WebhookStatus } from '#contracts';
import type { HubReading } from './hub-reader.js';
import { findRedeliveryProblems } from './find-redelivery-problems.js';
import { findSystemProblems } from './find-system-problems.js';
import type { FoundProblem } from './found-problem.js';

const SAMPLES = 5;

/** Everything that is wrong, what waits for a person first. Pure. */
export function findProblems(reading: HubReading): FoundProblem[] {
  const found = [
    ...reading.unreachable.map(unreachable),
    ...reading.holds.map(held),
    ...reading.systems.flatMap(({ status, ...system }: SystemOverview) =>
      status ? findSystemProblems(system, status) : [],
    ),
    ...newestRounds(reading.rounds).flatMap(badRound),
    ...reading.parked.map(parked),
    ...findRedeliveryProblems(reading),
    ...reading.webhooks.flatMap(badWebhook),
  ];
  return [...found.filter(({ urgency }) => urgency === 'act'), ...found.filter(({ urgency }) => urgency === 'watch')];
}

function unreachable({ service, message }: HubReading['unreachable'][number]): FoundProblem {
  const system = /^connector (.+)$/.exec(service)?.[1];
  return {
    ...{ id: `unreachable:${service}`, urgency: 'act', since: null, records: null, samples: [] },
    what: `${system ?? service} does not answer`,
    detail: `${message} What it missed is delivered when it is back.`,
    advice: 'Start its process again and look at the end of its log.',
    next: system ? { label: 'Open system', path: `/systems/${system}` } : { label: 'Open map', path: '/map' },
  };
}

function held(hold: Hold): FoundProblem {
  const what = hold.kind === 'live' ? 'a batch of changes' : 'the repairs of a reconcile round';
  return {
    ...{ id: `hold:${hold.kind}:${hold.id}`, urgency: 'act', since: hold.openedAt, records: hold.count },
    what: `Held: ${what} of ${hold.system} ${hold.entity}`,
    detail: `${hold.reason} Nothing of it was written; everything else goes on.`,
    advice: 'Look at the samples, then approve what is right or reject what is not.',
    samples: hold.samples.slice(0, SAMPLES),
    next: { label: 'Review and decide', path: `/holds/${hold.kind}/${encodeURIComponent(hold.id)}` },
  };
}

/** What an older round of the same store found is history. */
function newestRounds(rounds: readonly RoundReport[]): readonly RoundReport[] {
  const newest = new Map<string, RoundReport>();
  for (const round of rounds) {
    const store = `${round.system} ${round.entity}`;
    if (round.startedAt > (newest.get(store)?.startedAt ?? '')) newest.set(store, round);
  }
  return [...newest.values()];
}

function badRound(round: RoundReport): FoundProblem[] {
  if (round.state !== 'failed' && (round.unfixed === 0 || round.endedAt === null)) return [];
  const isFailed = round.state === 'failed';
  return [
    {
      ...{ id: `round:${round.id}`, urgency: 'act', since: round.endedAt ?? round.startedAt, samples: [] },
      what: isFailed
        ? `Reconciling ${round.system} ${round.entity} failed`
        : `${round.system} ${round.entity} still differs after its round`,
      detail: round.problem ?? 'Some differences are still there after the repair was read again.',
      advice: isFailed ? 'Settle the reason, then start a round again.' : 'See what they have in common.',
      records: isFailed ? null : round.unfixed,
      next: { label: 'Open round', path: `/drift/${encodeURIComponent(round.id)}` },
    },
  ];
}

function parked({ service, keys, more }: ParkedOfService): FoundProblem {
  const [first] = keys;
  return {
    ...{ id: `parked:${service}`, urgency: 'act', since: first?.parkedAt ?? null, records: more ? null : keys.length },
    what: `${service} can't publish ${more ? 'many keys' : keys.length === 1 ? 'one key' : `${keys.length} keys`}`,
    detail: first ? `${first.code}: ${first.reason}` : '',
    advice: 'Settle the reason, then release the keys: their events go out in order.',
    samples: keys.slice(0, SAMPLES).map(({ key }) => key),
    next: { label: 'Open parked keys', path: '/parked' },
  };
}

function badWebhook({ name, host, offReason, parked: count, problem, oldestPendingAt }: WebhookStatus): FoundProblem[] {
  if (offReason === null && count === 0) return [];
  return [
    {
      ...{ id: `webhook:${name}`, urgency: 'act', since: oldestPendingAt, records: count > 0 ? count : null },
      what: offReason === null ? `Webhook ${name} gave up events` : `Webhook ${name} is off`,
      detail: offReason ?? problem ?? `${host} did not take them for days.`,
      advice: 'Mend the receiver, then send again: it is switched on by it.',
      samples: [],
      next: { label: 'Open webhooks', path: '/parked' },
    },
  ];
}
