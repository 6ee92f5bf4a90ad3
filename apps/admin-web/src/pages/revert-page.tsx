import type { ReactElement } from 'react';
import { useParams } from 'react-router';
import type { RevertItem, RevertReport } from '#contracts';
import { apiPath, post } from '../api/client.js';
import { ActDialog } from '../ui/act-dialog.js';
import { Badge, Empty, Notice, PageHead, Panel, RecordLink } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { counted, grouped, shownField } from '../ui/text.js';
import { Table } from '../ui/table.js';

const POLL_MS = 700;
const isBusy = ({ state }: RevertReport): boolean => state === 'planning' || state === 'applying';

/** One revert: its dry run, and how far it is. */
export function RevertPage(): ReactElement {
  const { id = '' } = useParams();
  return (
    <QueryView<RevertReport>
      path={apiPath('reverts', id)}
      what="the revert"
      everyMs={(report) => (report && !isBusy(report) ? false : POLL_MS)}
    >
      {(report) => <RevertView report={report} />}
    </QueryView>
  );
}

function RevertView({ report }: { readonly report: RevertReport }): ReactElement {
  const { id, state, selection, digest, records } = report;
  const apply = (why: string): Promise<unknown> => post(apiPath('reverts', id, 'apply'), { digest, reason: why });
  return (
    <>
      <PageHead title={`Revert of ${selection.entity}`} lead={describe(report)}>
        <Badge tone={state === 'applied' ? 'ok' : 'accent'}>{state === 'planned' ? 'dry run' : state}</Badge>
        {state === 'planned' && records.planned > 0 && (
          <ActDialog
            needs="revert:approve"
            label="Take back …"
            confirm="Take back"
            title={`Take back ${counted(records.planned, 'record')}?`}
            kind="primary"
            act={apply}
          >
            <p>They go back as new versions, and every system follows. A record that moved since is left alone.</p>
          </ActDialog>
        )}
      </PageHead>
      <div className="stack">
        <StateNotice report={report} />
        <Outcomes report={report} />
        {!isBusy(report) && <Items key={state} report={report} />}
      </div>
    </>
  );
}

function StateNotice({ report: { state, approvedBy, reason } }: { readonly report: RevertReport }): ReactElement {
  if (state === 'planning') return <Notice tone="accent">Planning …</Notice>;
  if (state === 'applying') return <Notice tone="accent">Taking back …</Notice>;
  if (state === 'planned') return <Notice tone="accent">Nothing was changed yet: this is what would go back.</Notice>;
  const who = approvedBy === null ? '' : ` by ${approvedBy}`;
  return <Notice tone="ok">{`Done${who}${reason === null ? '' : `: ${reason}`}`}</Notice>;
}

function describe({ selection }: RevertReport): string {
  const { entity: _entity, ...parts } = selection;
  return Object.entries(parts)
    .map(([name, part]) => `${name}: ${typeof part === 'string' ? part : JSON.stringify(part)}`)
    .join(', ');
}

function Outcomes({ report: { records, withSkipped } }: { readonly report: RevertReport }): ReactElement {
  const counts = [...Object.entries(records), ['left as they are, in part', withSkipped] as const];
  return (
    <div className="tiles">
      {counts
        .filter(([, count]) => count > 0)
        .map(([name, count]) => (
          <div className="panel tile" key={name}>
            <div className="label">{name}</div>
            <div className="figure">{grouped(count)}</div>
          </div>
        ))}
    </div>
  );
}

function Items({ report: { id, state, selection } }: { readonly report: RevertReport }): ReactElement {
  const { entity } = selection;
  const outcome = state === 'applied' ? 'reverted' : 'planned';
  return (
    <>
      <QueryView<readonly RevertItem[]> path={`${apiPath('reverts', id, 'items')}?outcome=${outcome}`} what="records">
        {(items) => (
          <ItemsPanel title={state === 'applied' ? 'Went back' : 'Would go back'} entity={entity} items={items} />
        )}
      </QueryView>
      <QueryView<readonly RevertItem[]> path={`${apiPath('reverts', id, 'items')}?skipped=true`} what="records">
        {(items) => <ItemsPanel title="Left as they are" entity={entity} items={items} />}
      </QueryView>
    </>
  );
}

interface ItemsPanelProps {
  readonly title: string;
  readonly entity: string;
  readonly items: readonly RevertItem[];
}

function ItemsPanel({ title, entity, items }: ItemsPanelProps): ReactElement {
  return (
    <Panel title={`${title}: ${grouped(items.length)}`} flush>
      {items.length === 0 ? (
        <Empty title="None." />
      ) : (
        <Table label={title} heads={['Record', 'What']}>
          {items.map((item) => (
            <ItemRow key={item.key} item={item} entity={entity} />
          ))}
        </Table>
      )}
    </Panel>
  );
}

function ItemRow({ item, entity }: { readonly item: RevertItem; readonly entity: string }): ReactElement {
  return (
    <tr>
      <th scope="row" className="key">
        <RecordLink entity={entity} recordKey={item.key} />
      </th>
      <td>
        {item.changes.map(({ field, now, before }) => (
          <div className="say" key={field}>
            <strong>{field}</strong> <span className="muted">{shownField(entity, field, now)} →</span>{' '}
            {shownField(entity, field, before)}
          </div>
        ))}
        {item.skipped.map(({ field, why }) => (
          <div className="say muted" key={`${field} ${why}`}>
            {field ?? 'all of it'}: {why}
          </div>
        ))}
      </td>
    </tr>
  );
}
