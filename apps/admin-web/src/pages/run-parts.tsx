import type { ReactElement, ReactNode } from 'react';
import { Link } from 'react-router';
import type { ReplayReport } from '#contracts';
import { Ago, Badge, PageHead, Panel, type Tone } from '../ui/parts.js';
import { Progress } from '../ui/progress.js';

/** What replays and seeds have in common: somebody orders one, the server runs it, and pages look on. */
export type Run = Pick<ReplayReport, 'id' | 'state' | 'source' | 'percent' | 'actor' | 'createdAt'>;

const TONES: Readonly<Record<Run['state'], Tone>> = {
  running: 'accent',
  paused: 'warn',
  failed: 'danger',
  aborted: 'plain',
  done: 'ok',
};

export function RunState({ state }: Pick<Run, 'state'>): ReactElement {
  return <Badge tone={TONES[state]}>{state}</Badge>;
}

interface RunHeadProps {
  readonly kind: 'Replay' | 'Seed';
  readonly run: Run;
  /** What may be done with it. */
  readonly children: ReactNode;
}

/** The head of its page. */
export function RunHead({ kind, run, children }: RunHeadProps): ReactElement {
  const { id, source, actor, createdAt, state } = run;
  return (
    <PageHead
      title={`${kind} of ${source}`}
      lead={
        <>
          <span className="mono">{id}</span>, ordered by {actor} <Ago at={createdAt} />
        </>
      }
    >
      <RunState state={state} />
      {children}
    </PageHead>
  );
}

/** How far it is; what else is said of that stands below. */
export function RunProgress({ run, children }: { readonly run: Run; readonly children: ReactNode }): ReactElement {
  return (
    <Panel title={run.state === 'done' ? 'Done' : 'How far it is'}>
      <Progress label="How far it is" value={run.percent} max={100} />
      {children}
    </Panel>
  );
}

interface RunRouteProps {
  readonly run: Run;
  readonly into: string;
  /** More terms and what they say. */
  readonly children: ReactNode;
}

/** From where, into what. */
export function RunRoute({ run: { source }, into, children }: RunRouteProps): ReactElement {
  return (
    <Panel title="What goes where">
      <dl className="facts-list">
        <dt>From</dt>
        <dd>
          <Link to={`/topics/${encodeURIComponent(source)}`}>{source}</Link>
        </dd>
        <dt>Into</dt>
        <dd>{into}</dd>
        {children}
      </dl>
    </Panel>
  );
}
