import { useState, type ReactElement } from 'react';
import { useParams } from 'react-router';
import type { ReplayReport } from '#contracts';
import { apiPath, post } from '../api/client.js';
import { ActDialog } from '../ui/act-dialog.js';
import { Notice, Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { FigureTable } from '../ui/table.js';
import { grouped } from '../ui/text.js';
import { RunHead, RunProgress, RunRoute } from './run-parts.js';

const POLL_MS = 700;
const REST_MS = 5_000;

/** One replay: how far it is, and what may be done with it. The server runs it: this page may be closed. */
export function ReplayPage(): ReactElement {
  const { id = '' } = useParams();
  return (
    <QueryView<ReplayReport>
      path={apiPath('replays', id)}
      what="the replay"
      everyMs={(replay) => (replay && isEnded(replay) ? false : replay?.state === 'running' ? POLL_MS : REST_MS)}
    >
      {(replay) => <ReplayView replay={replay} />}
    </QueryView>
  );
}

function isEnded({ state }: ReplayReport): boolean {
  return state === 'done' || state === 'aborted';
}

function ReplayView({ replay }: { readonly replay: ReplayReport }): ReactElement {
  const { target, problem, unreadable, chosen, perSecond, positions } = replay;
  return (
    <>
      <RunHead kind="Replay" run={replay}>
        <Acts replay={replay} />
      </RunHead>
      <div className="stack">
        {problem !== null && <Notice tone="danger">{problem}</Notice>}
        {unreadable > 0 && (
          <Notice tone="warn">{grouped(unreadable)} messages could not be read and were passed over.</Notice>
        )}
        <RunProgress run={replay}>
          <Figures replay={replay} />
        </RunProgress>
        <RunRoute
          run={replay}
          into={target.group === null ? target.topic : `the lane of ${target.group}: ${target.topic}`}
        >
          <dt>Chosen</dt>
          <dd>{chosen.length === 0 ? 'everything in the windows below' : chosen.join('; ')}</dd>
          <dt>Rate</dt>
          <dd>{perSecond === null ? 'no limit' : `${grouped(perSecond)} messages a second at most`}</dd>
        </RunRoute>
        <Panel title="By partition" flush>
          <FigureTable
            label="By partition"
            heads={['Partition', 'From', 'Until', 'Next', 'Messages']}
            rows={positions.map(({ partition, from, until, next, sent }) => [partition, from, until, next, sent])}
          />
        </Panel>
      </div>
    </>
  );
}

/** The rate is of what this page has seen since it was opened. */
function Figures({ replay: { sent, percent, changedAt } }: { readonly replay: ReplayReport }): ReactElement {
  const [first] = useState({ sent, atMs: Date.parse(changedAt) });
  const seconds = (Date.parse(changedAt) - first.atMs) / 1_000;
  const rate = seconds >= 1 ? Math.round((sent - first.sent) / seconds) : null;
  return (
    <p role="status">
      {grouped(sent)} messages sent
      {rate !== null && percent < 100 && rate > 0 && <>, {grouped(rate)} a second</>}
    </p>
  );
}

function Acts({ replay }: { readonly replay: ReplayReport }): ReactElement | null {
  const { id, state } = replay;
  if (isEnded(replay)) return null;
  const act = (name: 'pause' | 'resume' | 'abort') => (): Promise<unknown> => post(apiPath('replays', id, name));
  return (
    <>
      <ActDialog
        label="Abort …"
        confirm="Abort"
        title="Abort this replay?"
        kind="danger"
        needsReason={false}
        act={act('abort')}
      >
        <p>It ends for good. What was sent stays with the one that got it.</p>
      </ActDialog>
      {state === 'running' ? (
        <ActDialog label="Pause" title="Pause this replay?" kind="primary" needsReason={false} act={act('pause')}>
          <p>It stops after what it is sending, and keeps its place.</p>
        </ActDialog>
      ) : (
        <ActDialog label="Resume" title="Let this replay go on?" kind="primary" needsReason={false} act={act('resume')}>
          <p>It goes on exactly where it stands, with its rate growing anew.</p>
        </ActDialog>
      )}
    </>
  );
}
