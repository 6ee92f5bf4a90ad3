import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { ReplayReport } from '#contracts';
import { useOverview } from '../api/live.js';
import { Ago, Badge, Empty, PageHead, Panel, type Tone } from '../ui/parts.js';
import { Progress } from '../ui/progress.js';
import { ErrorNotice } from '../ui/query-view.js';
import { figures, Table } from '../ui/table.js';
import { grouped } from '../ui/text.js';

const TONES: Readonly<Record<ReplayReport['state'], Tone>> = {
  running: 'accent',
  paused: 'warn',
  failed: 'danger',
  aborted: 'plain',
  done: 'ok',
};

/** The latest replays, as they go. */
export function ReplaysPage(): ReactElement {
  const { overview, error } = useOverview();
  if (error) return <ErrorNotice error={error} />;
  return (
    <>
      <PageHead
        title="Replays"
        lead="Hand messages once more to one consumer group, through a lane that only it reads; or copy them into a topic of your own. Nobody else sees anything of it."
      >
        <Link className="button" to="/seeds">
          Seeds of new stores
        </Link>
        <Link className="button" to="/offsets">
          Reset offsets
        </Link>
        <Link className="button" data-kind="primary" to="/replays/new">
          New replay
        </Link>
      </PageHead>
      <Panel title="Latest replays" flush>
        <Replays replays={overview?.replays} isRead={overview !== undefined} />
      </Panel>
    </>
  );
}

interface ReplaysProps {
  readonly replays: readonly ReplayReport[] | undefined;
  readonly isRead: boolean;
}

function Replays({ replays, isRead }: ReplaysProps): ReactElement {
  if (!isRead) return <Empty title="Reading replays …" />;
  if (!replays) return <Empty title="Replays can’t be read now.">Their database does not answer.</Empty>;
  if (replays.length === 0)
    return <Empty title="No replay was ever ordered.">Begin one with a dry run: it changes nothing.</Empty>;
  return (
    <Table
      label="Latest replays"
      heads={['Replay', 'State', 'From', 'Into', ...figures('Messages'), 'How far', 'Ordered']}
    >
      {replays.map((replay) => (
        <ReplayRow key={replay.id} replay={replay} />
      ))}
    </Table>
  );
}

function ReplayRow({ replay }: { readonly replay: ReplayReport }): ReactElement {
  const { id, state, source, target, sent, percent, createdAt, actor } = replay;
  return (
    <tr>
      <th scope="row">
        <Link className="mono" to={`/replays/${encodeURIComponent(id)}`}>
          {id}
        </Link>
      </th>
      <td>
        <ReplayState state={state} />
      </td>
      <td className="key">{source}</td>
      <td className="key">{target.group === null ? target.topic : `${target.group} (its lane)`}</td>
      <td className="number">{grouped(sent)}</td>
      <td>
        <Progress label={`How far ${id} is`} value={percent} max={100} />
      </td>
      <td>
        <Ago at={createdAt} /> <span className="muted">by {actor}</span>
      </td>
    </tr>
  );
}

export function ReplayState({ state }: { readonly state: ReplayReport['state'] }): ReactElement {
  return <Badge tone={TONES[state]}>{state}</Badge>;
}
