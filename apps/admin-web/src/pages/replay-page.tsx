import { useState, type ReactElement } from 'react';
import { Link, useParams } from 'react-router';
import type { ReplayReport } from '#contracts';
import { apiPath, post } from '../api/client.js';
import { ActDialog } from '../ui/act-dialog.js';
import { Ago, Notice, PageHead, Panel } from '../ui/parts.js';
import { Progress } from '../ui/progress.js';
import { QueryView } from '../ui/query-view.js';
import { figures, Table } from '../ui/table.js';
import { grouped } from '../ui/text.js';
import { ReplayState } from './replays-page.js';

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
  const { id, state, source, target, problem, percent, unreadable, chosen, actor, createdAt } = replay;
  return (
    <>
      <PageHead
        title={`Replay of ${source}`}
        lead={
          <>
            <span className="mono">{id}</span>, ordered by {actor} <Ago at={createdAt} />
          </>
        }
      >
        <ReplayState state={state} />
        <Acts replay={replay} />
      </PageHead>
      <div className="stack">
        {problem !== null && <Notice tone="danger">{problem}</Notice>}
        {unreadable > 0 && (
          <Notice tone="warn">{grouped(unreadable)} messages could not be read and were passed over.</Notice>
        )}
        <Panel title={state === 'done' ? 'Done' : 'How far it is'}>
          <Progress label="How far it is" value={percent} max={100} />
          <Figures replay={replay} />
        </Panel>
        <Panel title="What goes where">
          <dl className="facts-list">
            <dt>From</dt>
            <dd>
              <Link to={`/topics/${encodeURIComponent(source)}`}>{source}</Link>
            </dd>
            <dt>Into</dt>
            <dd>{target.group === null ? target.topic : `the lane of ${target.group}: ${target.topic}`}</dd>
            <dt>Chosen</dt>
            <dd>{chosen.length === 0 ? 'everything in the windows below' : chosen.join('; ')}</dd>
            <dt>Rate</dt>
            <dd>{replay.perSecond === null ? 'no limit' : `${grouped(replay.perSecond)} messages a second at most`}</dd>
          </dl>
        </Panel>
        <Positions replay={replay} />
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

function Positions({ replay: { positions } }: { readonly replay: ReplayReport }): ReactElement {
  return (
    <Panel title="By partition" flush>
      <Table label="By partition" heads={figures('Partition', 'From', 'Until', 'Next', 'Messages')}>
        {positions.map(({ partition, from, until, next, sent }) => (
          <tr key={partition}>
            <td className="number">{partition}</td>
            <td className="number">{grouped(from)}</td>
            <td className="number">{grouped(until)}</td>
            <td className="number">{grouped(next)}</td>
            <td className="number">{grouped(sent)}</td>
          </tr>
        ))}
      </Table>
    </Panel>
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
