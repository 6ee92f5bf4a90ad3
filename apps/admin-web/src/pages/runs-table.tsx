import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { Ago } from '../ui/parts.js';
import { Progress } from '../ui/progress.js';
import { figures, Table } from '../ui/table.js';
import { grouped } from '../ui/text.js';
import { RunState, type Run } from './run-parts.js';

/** A run as a row of a list. */
export interface ListedRun extends Run {
  /** What is shown of its id. */
  readonly name: string;
  readonly into: string;
  /** So far. */
  readonly messages: number;
}

interface RunsTableProps {
  readonly kind: 'Replay' | 'Seed';
  readonly runs: readonly ListedRun[];
}

/** The latest replays or seeds, each a link to its page. */
export function RunsTable({ kind, runs }: RunsTableProps): ReactElement {
  const plural = `${kind.toLowerCase()}s`;
  return (
    <Table
      label={`Latest ${plural}`}
      heads={[kind, 'State', 'From', 'Into', ...figures('Messages'), 'How far', 'Ordered']}
    >
      {runs.map(({ id, name, state, source, into, messages, percent, createdAt, actor }) => (
        <tr key={id}>
          <th scope="row">
            <Link className="mono" to={`/${plural}/${encodeURIComponent(id)}`}>
              {name}
            </Link>
          </th>
          <td>
            <RunState state={state} />
          </td>
          <td className="key">{source}</td>
          <td className="key">{into}</td>
          <td className="number">{grouped(messages)}</td>
          <td>
            <Progress label={`How far ${id} is`} value={percent} max={100} />
          </td>
          <td>
            <Ago at={createdAt} /> <span className="muted">by {actor}</span>
          </td>
        </tr>
      ))}
    </Table>
  );
}
