import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { RoundReport } from '#contracts';
import { Ago, Badge, Empty, type Tone } from '../ui/parts.js';
import { grouped } from '../ui/text.js';
import { figures, Table } from '../ui/table.js';

const TONES: Readonly<Record<RoundReport['state'], Tone>> = {
  scanning: 'accent',
  held: 'warn',
  repairing: 'accent',
  verified: 'ok',
  clean: 'ok',
  failed: 'danger',
  rejected: 'plain',
};

export function RoundState({ state }: { readonly state: RoundReport['state'] }): ReactElement {
  return <Badge tone={TONES[state]}>{state}</Badge>;
}

const NUMBERS = ['scanned', 'changed', 'missing', 'foreign', 'undecided', 'fixed', 'unfixed'] as const;

/** Rounds in lines, the newest first. */
export function RoundsTable({ rounds }: { readonly rounds: readonly RoundReport[] }): ReactElement {
  if (rounds.length === 0)
    return (
      <Empty title="No round has run yet.">
        A round compares a system with the hub and repairs what differs. Start one, or wait for the schedule.
      </Empty>
    );
  return (
    <Table label="Rounds" heads={['Round', 'State', ...figures(...NUMBERS), 'started']}>
      {rounds.map((round) => (
        <tr key={round.id}>
          <th scope="row">
            <Link to={`/drift/${encodeURIComponent(round.id)}`}>
              {round.system} {round.entity}
            </Link>
          </th>
          <td>
            <RoundState state={round.state} />
          </td>
          {NUMBERS.map((name) => (
            <td className="number" key={name}>
              {grouped(round[name])}
            </td>
          ))}
          <td>
            <Ago at={round.startedAt} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
