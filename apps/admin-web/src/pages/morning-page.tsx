import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { HubOverview, Problem } from '#contracts';
import { useOverview } from '../api/live.js';
import { Ago, Empty, PageHead, Panel } from '../ui/parts.js';
import { ErrorNotice } from '../ui/query-view.js';
import { counted } from '../ui/text.js';
import { SystemsTable } from './systems-table.js';
import { Tiles } from './tiles.js';
import { MorningTrend } from './trend-panels.js';

/** What is wrong, since when, how many records, and what to do. */
export function MorningPage(): ReactElement {
  const { overview, error } = useOverview();
  if (error) return <ErrorNotice error={error} />;
  if (!overview) return <p role="status">Asking every system …</p>;
  return (
    <>
      <PageHead title={headline(overview)} lead={lead(overview)} />
      <div className="stack">
        <Tiles overview={overview} />
        <Problems problems={overview.problems} />
        <MorningTrend />
        <SystemsTable overview={overview} />
      </div>
    </>
  );
}

function headline({ problems }: HubOverview): string {
  const needing = problems.filter(({ urgency }) => urgency === 'act').length;
  if (needing === 0) return 'Nothing needs you';
  return needing === 1 ? 'One thing needs you' : `${needing} things need you`;
}

function lead({ hub, systems, problems }: HubOverview): string {
  const watched = problems.filter(({ urgency }) => urgency === 'watch').length;
  const rest = watched > 0 ? `; the hub is at ${counted(watched, 'more thing')} by itself` : '';
  return `Hub ${hub}, ${counted(systems.length, 'system')}${rest}.`;
}

function Problems({ problems }: { readonly problems: readonly Problem[] }): ReactElement {
  return (
    <Panel title="What is wrong" flush>
      {problems.length === 0 ? (
        <Empty title="Nothing is wrong.">
          Every system answers, nothing is held and no round left a difference. New problems show here by themselves.
        </Empty>
      ) : (
        problems.map((problem) => <ProblemCard key={problem.id} problem={problem} />)
      )}
    </Panel>
  );
}

function ProblemCard({ problem }: { readonly problem: Problem }): ReactElement {
  const { urgency, what, detail, advice, since, records, samples, next } = problem;
  return (
    <article className="problem" data-urgency={urgency}>
      <div>
        <h3>{what}</h3>
        <p className="facts">
          <span>
            since <Ago at={since} />
          </span>
          {records !== null && <span>{counted(records, 'record')}</span>}
          {urgency === 'watch' && <span>the hub is at it</span>}
        </p>
        <p>{detail}</p>
        {samples.length > 0 && (
          <div className="chips" aria-label="For example">
            {samples.map((sample) => (
              <span className="chip mono" key={sample}>
                {sample}
              </span>
            ))}
          </div>
        )}
        <p className="muted">{advice}</p>
      </div>
      <div className="act">
        <Link className="button" data-kind={urgency === 'act' ? 'primary' : undefined} to={next.path}>
          {next.label}
        </Link>
      </div>
    </article>
  );
}
