import type { ReactElement } from 'react';
import { useParams } from 'react-router';
import type { HubOverview, SystemOverview, SystemStatus } from '#contracts';
import { apiPath, post } from '../api/client.js';
import { useOverview } from '../api/live.js';
import { ActDialog } from '../ui/act-dialog.js';
import { Ago, Empty, Notice, PageHead, Panel, RecordLink } from '../ui/parts.js';
import { ErrorNotice } from '../ui/query-view.js';
import { counted, grouped } from '../ui/text.js';
import { figures, Table } from '../ui/table.js';
import { RestoredPanel } from './restored-panel.js';
import { RoundsTable } from './rounds-table.js';
import { StartRound } from './start-round.js';
import { StateBadges } from './systems-table.js';
import { SystemTrend } from './trend-panels.js';
import { SystemPlan } from './system-plan.js';

/** One system: how it is, what differs, what is set aside, its rounds. */
export function SystemPage(): ReactElement {
  const { system: id = '' } = useParams();
  const { overview, error } = useOverview();
  if (error) return <ErrorNotice error={error} />;
  if (!overview) return <p role="status">Asking every system …</p>;
  const system = overview.systems.find((one) => one.id === id);
  if (!system) return <PageHead title="There is no such system" lead={`The hub file has no system “${id}”.`} />;
  return <SystemView key={id} system={system} overview={overview} />;
}

interface SystemViewProps {
  readonly system: SystemOverview;
  readonly overview: HubOverview;
}

function SystemView({ system, overview }: SystemViewProps): ReactElement {
  const { id, status, connector } = system;
  const restored = overview.restored.find((report) => report.system === id);
  const rounds = overview.rounds.filter((round) => round.system === id);
  return (
    <>
      <PageHead title={id} lead={`Connector ${connector}, ${system.entities.join(', ')}`}>
        <StateBadges system={system} />
        <StartRound systems={[system]} />
      </PageHead>
      <div className="stack">
        {!status && (
          <Notice tone="danger">Its connector does not answer. What it missed is delivered when it is back.</Notice>
        )}
        {status?.problem && <Notice tone={status.state === 'down' ? 'warn' : 'danger'}>{status.problem}</Notice>}
        {restored && <RestoredPanel report={restored} />}
        {status && <EntitiesPanel status={status} />}
        <SystemTrend system={id} />
        {status && <ModePanel system={system} mode={status.mode} />}
        {status && <SystemPlan system={id} />}
        {status && <SetAsidePanel status={status} />}
        <Panel title="Latest rounds" flush>
          <RoundsTable rounds={rounds} />
        </Panel>
      </div>
    </>
  );
}

function EntitiesPanel({ status }: { readonly status: SystemStatus }): ReactElement {
  return (
    <Panel
      title="Now"
      flush
      end={<span className="muted">{counted(status.outboxRows, 'event')} waiting for Kafka</span>}
    >
      <Table
        label="Entities"
        heads={['Entity', ...figures('Records', 'To write', 'Being written', 'Foreign', 'To read again'), 'Read up to']}
      >
        {status.entities.map((entity) => (
          <tr key={entity.entity}>
            <th scope="row">{entity.entity}</th>
            {[entity.live, entity.due, entity.openIntents, entity.foreign, entity.rereads].map((count, index) => (
              <td className="number" key={index}>
                {grouped(count)}
              </td>
            ))}
            <td>{entity.caughtUpAt ? <Ago at={entity.caughtUpAt} /> : 'not yet'}</td>
          </tr>
        ))}
      </Table>
    </Panel>
  );
}

function ModePanel({
  system,
  mode,
}: {
  readonly system: SystemOverview;
  readonly mode: SystemStatus['mode'];
}): ReactElement {
  const next = mode === 'write' ? 'observe' : 'write';
  const set = (reason: string): Promise<unknown> => post(apiPath('systems', system.id, 'mode'), { mode: next, reason });
  const isWrite = next === 'write';
  return (
    <Panel
      title={mode === 'write' ? 'The hub writes this system' : 'The hub only reads this system'}
      end={
        <ActDialog
          needs="mode:change"
          label={isWrite ? 'Let the hub write' : 'Only observe'}
          title={isWrite ? `Let the hub write ${system.id}?` : `Only observe ${system.id}?`}
          kind={isWrite ? 'primary' : 'danger'}
          act={set}
        >
          <p>
            {isWrite
              ? 'Everything under “What differs” is then written into it, within the limits. It is refused while what differs is not settled.'
              : 'Nothing is written any more; what is to be written waits. It is still read.'}
          </p>
        </ActDialog>
      }
    >
      <p className="muted">
        The hub file says: {system.wishedMode}. What the hub may do is kept by the connector and changed here or by
        “plumbline apply”.
      </p>
    </Panel>
  );
}

function SetAsidePanel({ status }: { readonly status: SystemStatus }): ReactElement {
  const total = Math.max(
    status.setAside.length,
    status.entities.reduce((sum, { setAside }) => sum + setAside, 0),
  );
  return (
    <Panel title={`Set aside: ${counted(total, 'record')}`} id="set-aside" flush>
      {status.setAside.length === 0 ? (
        <Empty title="No record is set aside.">Every record that this system has could be read and written.</Empty>
      ) : (
        <Table label="Records set aside" heads={['Record', 'Kind', 'Why', 'Since']}>
          {status.setAside.map(({ entity, externalId, key, kind, reason, at }) => (
            <tr key={`${entity} ${externalId} ${kind}`}>
              <td className="key">
                {key === null ? externalId : <RecordLink entity={entity} recordKey={key} />}
                <div className="muted">{entity}</div>
              </td>
              <td>{kind}</td>
              <td className="key">{reason}</td>
              <td>
                <Ago at={at} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}
