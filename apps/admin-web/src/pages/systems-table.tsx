import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { EntityStatus, HubOverview, SystemOverview } from '#contracts';
import { Ago, Badge, Panel, type Tone } from '../ui/parts.js';
import { grouped } from '../ui/text.js';
import { figures, Table } from '../ui/table.js';

const TONES: Readonly<Record<string, Tone>> = { running: 'ok', down: 'warn', stopped: 'danger' };

/** Every system and entity in a line. */
export function SystemsTable({ overview }: { readonly overview: HubOverview }): ReactElement {
  return (
    <Panel title="Systems" flush>
      <Table
        label="Systems"
        heads={['System', 'State', 'Entity', ...figures('Records', 'To write', 'Set aside'), 'Read up to']}
      >
        {overview.systems.flatMap((system) =>
          (system.status?.entities ?? [null]).map((entity, index) => (
            <SystemRow key={`${system.id} ${index}`} system={system} entity={entity} isFirst={index === 0} />
          )),
        )}
      </Table>
    </Panel>
  );
}

interface SystemRowProps {
  readonly system: SystemOverview;
  readonly entity: EntityStatus | null;
  readonly isFirst: boolean;
}

function SystemRow({ system, entity, isFirst }: SystemRowProps): ReactElement {
  return (
    <tr>
      {isFirst ? (
        <th scope="row">
          <Link to={`/systems/${encodeURIComponent(system.id)}`}>{system.id}</Link>
        </th>
      ) : (
        <td />
      )}
      <td>{isFirst && <StateBadges system={system} />}</td>
      {entity ? <EntityCells entity={entity} /> : <td colSpan={5}>–</td>}
    </tr>
  );
}

/** How a system is, and what the hub may do with it. */
export function StateBadges({ system }: { readonly system: SystemOverview }): ReactElement {
  const { status } = system;
  if (!status) return <Badge tone="danger">no answer</Badge>;
  return (
    <span className="row">
      <Badge tone={TONES[status.state] ?? 'plain'}>{status.state}</Badge>
      <Badge tone="plain">{status.mode === 'write' ? 'written' : 'observed'}</Badge>
    </span>
  );
}

function EntityCells({ entity }: { readonly entity: EntityStatus }): ReactElement {
  return (
    <>
      <td>{entity.entity}</td>
      <td className="number">{grouped(entity.live)}</td>
      <td className="number">{grouped(entity.due)}</td>
      <td className="number">{grouped(entity.setAside)}</td>
      <td>{entity.caughtUpAt ? <Ago at={entity.caughtUpAt} /> : 'not yet'}</td>
    </>
  );
}
