import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { ReplayReport } from '#contracts';
import { useOverview } from '../api/live.js';
import { Empty, PageHead, Panel } from '../ui/parts.js';
import { ErrorNotice } from '../ui/query-view.js';
import { RunsTable, type ListedRun } from './runs-table.js';

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
  return <RunsTable kind="Replay" runs={replays.map(toListed)} />;
}

function toListed(replay: ReplayReport): ListedRun {
  const { id, sent, target } = replay;
  const into = target.group === null ? target.topic : `${target.group} (its lane)`;
  return { ...replay, name: id, into, messages: sent };
}
