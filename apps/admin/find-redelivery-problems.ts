import type { HubReading } from './hub-reader.js';
import type { FoundProblem } from './found-problem.js';

/** Dead letters that wait for a person, and the latest replay into each target where it failed. Pure. */
export function findRedeliveryProblems({ deadLetters, replays = [] }: HubReading): FoundProblem[] {
  const failed = replays.filter(({ state }) => state === 'failed');
  return [
    ...(deadLetters && deadLetters.letters > 0 ? [lettersOf(deadLetters)] : []),
    ...failed.map(({ id, source, problem, changedAt }): FoundProblem => {
      return {
        ...{ id: `replay:${id}`, urgency: 'act', since: changedAt, records: null, samples: [] },
        what: `A replay of ${source} failed`,
        detail: problem ?? '',
        advice: 'Settle the reason, then let it go on where it stands; or abort it.',
        next: { label: 'Open replay', path: `/replays/${encodeURIComponent(id)}` },
      };
    }),
  ];
}

function lettersOf({ letters, causes, firstAt }: NonNullable<HubReading['deadLetters']>): FoundProblem {
  return {
    ...{ id: 'dead-letters', urgency: 'act', since: firstAt, records: letters, samples: [] },
    what: letters === 1 ? 'A message could not be handled' : 'Messages could not be handled',
    detail: `They are set aside, by ${causes === 1 ? 'one cause' : `${causes} causes`}; everything else goes on.`,
    advice: 'Look at the causes: send again what can work now, edit or give up the rest.',
    next: { label: 'Open dead letters', path: '/dead-letters' },
  };
}
