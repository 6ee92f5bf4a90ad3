import type { ReactElement } from 'react';
import type { ParkedKeyReport, ParkedOfService, WebhookStatus } from '#contracts';
import { apiPath, post } from '../api/client.js';
import { useOverview } from '../api/live.js';
import { ActDialog } from '../ui/act-dialog.js';
import { Ago, Badge, Empty, PageHead, Panel } from '../ui/parts.js';
import { ErrorNotice } from '../ui/query-view.js';
import { counted, grouped } from '../ui/text.js';
import { buttons, figures, Table } from '../ui/table.js';

/** What no broker took, and receivers of webhooks. */
export function ParkedPage(): ReactElement {
  const { overview, error } = useOverview();
  if (error) return <ErrorNotice error={error} />;
  if (!overview) return <p role="status">Asking every service …</p>;
  const { parked, webhooks } = overview;
  return (
    <>
      <PageHead
        title="Parked"
        lead="Keys whose events no broker took wait here, in order, while everything else goes on. Settle the reason, then release them."
      />
      <div className="stack">
        {parked.length === 0 && (
          <Panel title="Keys that can’t be published">
            <Empty title="No key is parked.">Every event that was written down reached Kafka, or is on its way.</Empty>
          </Panel>
        )}
        {parked.map((of) => (
          <ParkedPanel key={of.service} of={of} />
        ))}
        <Webhooks webhooks={webhooks} />
      </div>
    </>
  );
}

function ParkedPanel({ of: { service, keys, more } }: { readonly of: ParkedOfService }): ReactElement {
  const release = (which: 'all' | readonly string[]) => (): Promise<unknown> =>
    post(apiPath('parked', service, 'release'), { keys: which });
  return (
    <Panel
      title={`${service}: ${counted(keys.length, 'key')}${more ? ' and more' : ''}`}
      flush
      end={
        <ActDialog
          needs="outbox:release"
          label="Release all"
          title={`Release all parked keys of ${service}?`}
          needsReason={false}
          act={release('all')}
        >
          <p>Their events are sent in order within seconds. Where the reason is still there, they are parked again.</p>
        </ActDialog>
      }
    >
      <Table
        label={`Parked keys of ${service}`}
        heads={['Key', ...figures('Events'), 'Why', 'Since', buttons('Release')]}
      >
        {keys.map((one) => (
          <ParkedRow key={one.key} parked={one} onRelease={release([one.key])} />
        ))}
      </Table>
    </Panel>
  );
}

interface ParkedRowProps {
  readonly parked: ParkedKeyReport;
  readonly onRelease: () => Promise<unknown>;
}

function ParkedRow({ parked, onRelease }: ParkedRowProps): ReactElement {
  const { key, rows, code, reason, parkedAt, isReleased } = parked;
  return (
    <tr>
      <th scope="row" className="key mono">
        {key}
      </th>
      <td className="number">{grouped(rows)}</td>
      <td className="key">
        {reason} <span className="muted mono">{code}</span>
      </td>
      <td>
        <Ago at={parkedAt} />
      </td>
      <td>
        {isReleased ? (
          <Badge tone="accent">being sent</Badge>
        ) : (
          <ActDialog
            needs="outbox:release"
            label="Release"
            title="Release this key?"
            needsReason={false}
            act={onRelease}
          >
            <p className="mono key">{key}</p>
          </ActDialog>
        )}
      </td>
    </tr>
  );
}

function Webhooks({ webhooks }: { readonly webhooks: readonly WebhookStatus[] }): ReactElement {
  return (
    <Panel title="Webhooks" flush>
      {webhooks.length === 0 ? (
        <Empty title="No webhook is set up.">
          Receivers of signed events are named under “webhooks” in the hub file.
        </Empty>
      ) : (
        <Table label="Webhooks" heads={['Receiver', 'State', ...figures('Waiting', 'Given up'), buttons('Send again')]}>
          {webhooks.map((webhook) => (
            <WebhookRow key={webhook.name} webhook={webhook} />
          ))}
        </Table>
      )}
    </Panel>
  );
}

function WebhookRow({ webhook }: { readonly webhook: WebhookStatus }): ReactElement {
  const { name, host, offReason, pending, parked, problem } = webhook;
  return (
    <tr>
      <th scope="row">
        {name} <span className="muted">{host}</span>
      </th>
      <td className="key">
        <Badge tone={offReason === null ? 'ok' : 'danger'}>{offReason === null ? 'on' : 'off'}</Badge>{' '}
        {offReason ?? problem}
      </td>
      <td className="number">{grouped(pending)}</td>
      <td className="number">{grouped(parked)}</td>
      <td>
        <ActDialog
          needs="webhook:release"
          label="Send again"
          title={`Send again to ${name}?`}
          needsReason={false}
          act={() => post(apiPath('webhooks', name, 'resend'))}
        >
          <p>What failed is tried at once; a receiver that is off is switched on.</p>
        </ActDialog>
      </td>
    </tr>
  );
}
