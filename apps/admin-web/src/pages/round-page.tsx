import type { ReactElement } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import type { DriftItem, RevertReport, RoundDetail, RoundReport } from '#contracts';
import { apiPath, post } from '../api/client.js';
import { ActDialog } from '../ui/act-dialog.js';
import { Ago, Badge, Empty, Notice, PageHead, Panel, RecordLink, type Tone } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { grouped } from '../ui/text.js';
import { Table } from '../ui/table.js';
import { RoundState } from './rounds-table.js';

const RUNNING: readonly RoundReport['state'][] = ['scanning', 'repairing'];
const POLL_MS = 1_000;

const OUTCOMES: Readonly<Record<DriftItem['outcome'], Tone>> = {
  found: 'accent',
  held: 'warn',
  fixed: 'ok',
  unfixed: 'danger',
  rejected: 'plain',
};

/** One round with what it found. */
export function RoundPage(): ReactElement {
  const { id = '' } = useParams();
  const isRunning = (detail: RoundDetail | undefined): number | false =>
    detail && RUNNING.includes(detail.round.state) ? POLL_MS : false;
  return (
    <QueryView<RoundDetail> path={apiPath('rounds', id)} what="the round" everyMs={isRunning}>
      {(detail) => <RoundView detail={detail} />}
    </QueryView>
  );
}

function RoundView({ detail: { round, items, more } }: { readonly detail: RoundDetail }): ReactElement {
  return (
    <>
      <PageHead title={`${round.system} ${round.entity}`} lead={<RoundLead round={round} />}>
        <RoundState state={round.state} />
        {round.fixed > 0 && round.endedAt !== null && <UndoRound round={round} />}
      </PageHead>
      <div className="stack">
        {round.problem && <Notice tone="danger">{round.problem}</Notice>}
        {round.state === 'held' && round.holdId && (
          <Notice tone="warn">
            Over the limits: nothing was written.{' '}
            <Link to={`/holds/round/${encodeURIComponent(round.holdId)}`}>Review and decide</Link>
          </Notice>
        )}
        <Figures round={round} />
        <Panel title={more ? `Drift: the first ${grouped(items.length)}` : 'Drift'} flush>
          <Items items={items} isRunning={RUNNING.includes(round.state)} />
        </Panel>
      </div>
    </>
  );
}

function RoundLead({ round }: { readonly round: RoundReport }): ReactElement {
  return (
    <>
      Round <span className="mono">{round.id}</span>, started <Ago at={round.startedAt} />
      {round.endedAt && (
        <>
          , ended <Ago at={round.endedAt} />
        </>
      )}
    </>
  );
}

function Figures({ round }: { readonly round: RoundReport }): ReactElement {
  const names = ['scanned', 'changed', 'missing', 'foreign', 'undecided', 'fixed', 'unfixed'] as const;
  const fields = Object.entries(round.fields).sort(([, a], [, b]) => b - a);
  return (
    <>
      <div className="tiles" data-size="small">
        {names.map((name) => (
          <div className="panel tile" key={name}>
            <div className="label">{name}</div>
            <div className="figure">{grouped(round[name])}</div>
          </div>
        ))}
      </div>
      {fields.length > 0 && (
        <Panel title="Fields that differed">
          <div className="chips">
            {fields.map(([field, count]) => (
              <span className="chip" key={field}>
                {field}: {grouped(count)}
              </span>
            ))}
          </div>
        </Panel>
      )}
    </>
  );
}

function Items({
  items,
  isRunning,
}: {
  readonly items: readonly DriftItem[];
  readonly isRunning: boolean;
}): ReactElement {
  if (items.length === 0)
    return isRunning ? (
      <Empty title="Comparing …" />
    ) : (
      <Empty title="No drift.">The system is as the hub wants it.</Empty>
    );
  return (
    <Table label="Drift" heads={['Record', 'Drift', 'Fields', 'Outcome']}>
      {items.map((item) => (
        <tr key={`${item.externalId} ${item.kind}`}>
          <td className="key">
            {item.key === null ? item.externalId : <RecordLink entity={item.entity} recordKey={item.key} />}
          </td>
          <td>{item.kind}</td>
          <td>{item.fields.join(', ') || '–'}</td>
          <td>
            <Badge tone={OUTCOMES[item.outcome]}>{item.outcome}</Badge>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function UndoRound({ round }: { readonly round: RoundReport }): ReactElement {
  const navigate = useNavigate();
  const plan = async (): Promise<void> => {
    const revert = await post<RevertReport>('/api/reverts', { entity: round.entity, round: round.id });
    await navigate(`/reverts/${encodeURIComponent(revert.id)}`);
  };
  return (
    <ActDialog
      needs="revert:plan"
      label="Undo …"
      confirm="Dry run"
      title="Undo what this round repaired?"
      needsReason={false}
      act={plan}
    >
      <p>
        A dry run shows first which of the {grouped(round.fixed)} repairs would go back. What somebody changed since is
        left alone. Nothing changes until you approve it.
      </p>
    </ActDialog>
  );
}
