import type { ReactElement } from 'react';
import type { RestoredEntity, RestoredReport } from '#contracts';
import { apiPath, post } from '../api/client.js';
import { ActDialog } from '../ui/act-dialog.js';
import { Ago, Panel } from '../ui/parts.js';
import { grouped } from '../ui/text.js';
import { figures, Table } from '../ui/table.js';

const WHAT = {
  hub: 'Write into the system what the hub knows: what it lost comes back, what it lost the removal of goes again.',
  system: 'Take what the system shows now as changed today: what it lost is changed back everywhere.',
} as const;

/** A system that came back from a backup: somebody must choose whose state counts. */
export function RestoredPanel({ report }: { readonly report: RestoredReport }): ReactElement {
  const { system, phase, reason, since, entities } = report;
  const keep =
    (whose: 'hub' | 'system') =>
    (why: string): Promise<unknown> =>
      post(apiPath('systems', system, 'restored'), { keep: whose, reason: why });
  return (
    <Panel
      title={`${system} went back in time`}
      end={
        phase === 'held' && (
          <span className="row">
            <ActDialog
              needs="restored:approve"
              label="Keep the hub’s state"
              title="Keep the hub’s state?"
              kind="primary"
              act={keep('hub')}
            >
              <p>{WHAT.hub}</p>
            </ActDialog>
            <ActDialog
              needs="restored:approve"
              label="Keep the system’s state"
              title="Keep the system’s state?"
              act={keep('system')}
            >
              <p>{WHAT.system}</p>
            </ActDialog>
          </span>
        )
      }
    >
      <p>
        {reason}
        {since && (
          <span className="muted">
            {' '}
            Noticed <Ago at={since} />.
          </span>
        )}
      </p>
      {phase === 'held' ? (
        <RestoredTable entities={entities} />
      ) : (
        <p className="muted">The choice is being carried out.</p>
      )}
    </Panel>
  );
}

function RestoredTable({ entities }: { readonly entities: readonly RestoredEntity[] }): ReactElement {
  return (
    <Table
      label="How it differs from what the hub last saw"
      heads={['Entity', ...figures('Records', 'Differ', 'Lost', 'Unknown to the hub')]}
    >
      {entities.map(({ entity, scanned, changed, missing, foreign }) => (
        <tr key={entity}>
          <th scope="row">{entity}</th>
          {[scanned, changed, missing, foreign].map((count, index) => (
            <td className="number" key={index}>
              {grouped(count)}
            </td>
          ))}
        </tr>
      ))}
    </Table>
  );
}
