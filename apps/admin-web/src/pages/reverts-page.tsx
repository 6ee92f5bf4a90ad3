import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactElement } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import type { BatchReport, RevertReport } from '#contracts';
import { post } from '../api/client.js';
import { useOverview } from '../api/live.js';
import { useDenial } from '../api/permissions.js';
import { Ago, Empty, PageHead, Panel } from '../ui/parts.js';
import { ErrorNotice, QueryView } from '../ui/query-view.js';
import { grouped } from '../ui/text.js';
import { buttons, figures, Table } from '../ui/table.js';
import { Choice } from './start-round.js';

/** Which changes could be taken back: the latest batches, or those of one record. */
export function RevertsPage(): ReactElement {
  const { overview } = useOverview();
  const entities = overview?.entities ?? [];
  const [chosen, setChosen] = useState('');
  const entity = chosen === '' ? (entities[0] ?? '') : chosen;
  const navigate = useNavigate();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (selection: object) => post<RevertReport>('/api/reverts', selection),
    onSuccess: (revert) => navigate(`/reverts/${encodeURIComponent(revert.id)}`),
  });
  const denial = useDenial('revert:plan');
  const isOff = isPending || denial !== null;
  const plan = (selection: object): void => mutate({ entity, ...selection });
  return (
    <>
      <PageHead
        title="Take changes back"
        lead="A bad file or a wrong change goes back as new versions. A dry run shows first what would go back, and what somebody changed since."
      />
      <div className="stack">
        {error && <ErrorNotice error={error} />}
        {denial !== null && <p className="muted">{denial}</p>}
        <div className="form">
          <Choice label="Entity" value={entity} options={entities} onChange={setChosen} />
          <OneRecord isPending={isOff} onPlan={(key) => plan({ key })} />
        </div>
        {entity !== '' && (
          <QueryView<readonly BatchReport[]> path={`/api/batches?entity=${encodeURIComponent(entity)}`} what="batches">
            {(batches) => <Batches batches={batches} isPending={isOff} onPlan={(batch) => plan({ batch })} />}
          </QueryView>
        )}
      </div>
    </>
  );
}

interface OneRecordProps {
  readonly isPending: boolean;
  readonly onPlan: (key: string) => void;
}

function OneRecord({ isPending, onPlan }: OneRecordProps): ReactElement {
  const [key, setKey] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onPlan(key);
  };
  return (
    <form className="form" onSubmit={submit}>
      <div className="field">
        <label htmlFor="revert-key">Last change of one record</label>
        <input
          id="revert-key"
          placeholder="its key"
          required
          value={key}
          onChange={({ target }) => setKey(target.value)}
        />
      </div>
      <button className="button" type="submit" disabled={isPending}>
        Dry run
      </button>
    </form>
  );
}

interface BatchesProps {
  readonly batches: readonly BatchReport[];
  readonly isPending: boolean;
  readonly onPlan: (batch: string) => void;
}

function Batches({ batches, isPending, onPlan }: BatchesProps): ReactElement {
  const asked = useSearchParams()[0].get('batch');
  return (
    <Panel title="Latest batches" flush>
      {batches.length === 0 ? (
        <Empty title="No batch has made a version yet.">Files, bounded reads, rounds and reverts show here.</Empty>
      ) : (
        <Table
          label="Latest batches"
          heads={['From', 'Batch', ...figures('Records'), 'Last change', buttons('Take back')]}
        >
          {batches.map(({ batch, system, records, to }) => (
            <tr key={batch} aria-current={batch === asked ? 'true' : undefined}>
              <th scope="row">{system}</th>
              <td className="key mono">{batch}</td>
              <td className="number">{grouped(records)}</td>
              <td>
                <Ago at={to} />
              </td>
              <td>
                <button className="button" disabled={isPending} onClick={() => onPlan(batch)}>
                  Dry run<span className="visually-hidden"> of batch {batch}</span>
                </button>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}
