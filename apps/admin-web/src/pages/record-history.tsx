import type { ReactElement } from 'react';
import type { AsOfReport } from '#contracts';
import { Ago, Badge, Empty, Panel } from '../ui/parts.js';
import { counted, isSame, shownField, utc } from '../ui/text.js';
import { Table } from '../ui/table.js';

/** Every version with what it changed, the newest first. */
export function RecordHistory({ versions }: { readonly versions: readonly AsOfReport[] }): ReactElement {
  if (versions.length === 0)
    return <Empty title="No version was published.">A record that nobody entitled created has none.</Empty>;
  return (
    <Panel title={counted(versions.length, 'version')} flush>
      <Table label="Versions" heads={['Version', 'In force since', 'What changed']}>
        {versions.map((version, index) => (
          <tr key={version.version}>
            <td>{version.version}</td>
            <td>
              {utc(version.changedAt)}
              <div className="muted">
                <Ago at={version.changedAt} />
              </div>
            </td>
            <td>
              <Changes version={version} before={versions[index + 1]} />
            </td>
          </tr>
        ))}
      </Table>
    </Panel>
  );
}

interface ChangesProps {
  readonly version: AsOfReport;
  readonly before: AsOfReport | undefined;
}

function Changes({ version, before }: ChangesProps): ReactElement {
  if (version.status === 'deleted') return <Badge tone="plain">deleted</Badge>;
  if (!before)
    return <span className="muted">{counted(Object.keys(version.fields).length, 'field')}, the first version</span>;
  const names = [...new Set([...Object.keys(version.fields), ...Object.keys(before.fields)])];
  const changed = names.filter((name) => !isSame(version.fields[name], before.fields[name]));
  if (changed.length === 0) return <span className="muted">No value</span>;
  return (
    <>
      {changed.map((name) => (
        <div key={name} className="say">
          <strong>{name}</strong>{' '}
          <span className="muted">{shownField(version.entity, name, before.fields[name])} →</span>{' '}
          {shownField(version.entity, name, version.fields[name])}
        </div>
      ))}
    </>
  );
}
