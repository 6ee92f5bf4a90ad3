import type { ReactElement } from 'react';
import { useParams } from 'react-router';
import type { Hold } from '#contracts';
import { apiPath, post } from '../api/client.js';
import { ActDialog } from '../ui/act-dialog.js';
import { Ago, Badge, Notice, PageHead, Panel, RecordLink } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { counted, grouped, utc } from '../ui/text.js';

const EVERY_MS = 5_000;

/** Something that the guard stopped; approved or rejected here. */
export function HoldPage(): ReactElement {
  const { kind = '', id = '' } = useParams();
  return (
    <QueryView<Hold> path={apiPath('holds', kind, id)} what="what is held" everyMs={() => EVERY_MS}>
      {(hold) => <HoldView hold={hold} />}
    </QueryView>
  );
}

function HoldView({ hold }: { readonly hold: Hold }): ReactElement {
  const what = hold.kind === 'live' ? 'A batch of changes' : 'The repairs of a round';
  return (
    <>
      <PageHead
        title={`Held: ${hold.system} ${hold.entity}`}
        lead={
          <>
            {what}, since <Ago at={hold.openedAt} />
          </>
        }
      >
        {hold.state === 'open' ? <Decide hold={hold} /> : <Badge tone="plain">{hold.state}</Badge>}
      </PageHead>
      <div className="stack">
        {hold.state !== 'open' && (
          <Notice tone="ok">
            {hold.state} by {hold.decidedBy} {hold.decidedAt && utc(hold.decidedAt)}
          </Notice>
        )}
        <Panel title="Why it is held">
          <dl className="facts-list">
            <dt>Records</dt>
            <dd>
              {grouped(hold.count)}, the limit is {grouped(hold.limit)}
            </dd>
            <dt>Rule</dt>
            <dd>{hold.rule}</dd>
            <dt>Reason</dt>
            <dd>{hold.reason}</dd>
            <dt>Digest</dt>
            <dd className="mono">{hold.digest}</dd>
          </dl>
        </Panel>
        <Samples hold={hold} />
      </div>
    </>
  );
}

function Samples({ hold }: { readonly hold: Hold }): ReactElement {
  return (
    <Panel title="For example">
      {hold.samples.length === 0 ? (
        <p className="muted">No sample was kept.</p>
      ) : (
        <ul className="chips">
          {hold.samples.map((key) => (
            <li className="chip" key={key}>
              <RecordLink entity={hold.entity} recordKey={key} />
            </li>
          ))}
        </ul>
      )}
      <p className="muted">Open a record to see what it holds now and what each system says.</p>
    </Panel>
  );
}

function Decide({ hold }: { readonly hold: Hold }): ReactElement {
  const { kind, id, digest, count } = hold;
  const decide =
    (decision: 'approve' | 'reject') =>
    (reason: string): Promise<unknown> =>
      post(apiPath('holds', kind, id, decision), { digest, reason });
  return (
    <>
      <ActDialog
        needs="hold:reject"
        label="Reject"
        title={`Reject ${counted(count, 'record')}?`}
        kind="danger"
        act={decide('reject')}
      >
        <p>Nothing of it is taken over. The system that caused it is corrected from the hub.</p>
      </ActDialog>
      <ActDialog
        needs="hold:approve"
        label="Approve"
        title={`Approve ${counted(count, 'record')}?`}
        kind="primary"
        act={decide('approve')}
      >
        <p>It goes on at once, exactly as shown. If a record moved since, it is refused and you are asked again.</p>
      </ActDialog>
    </>
  );
}
