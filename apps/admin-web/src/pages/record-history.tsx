import type { ReactElement } from 'react';
import type { AsOfReport } from '#contracts';
import { Ago, Badge, Empty, Panel, Scroll } from '../ui/parts.js';
import { isSame, shown, utc } from '../ui/text.js';

/** Every version with what it changed, the newest first. */
export function RecordHistory({ versions }: { readonly versions: readonly AsOfReport[] }): ReactElement {
  if (versions.length === 0)
    return <Empty title="No version was published.">A record that nobody entitled created has none.</Empty>;
  return (
    <Panel title={`${versions.length} ${versions.length === 1 ? 'version' : 'versions'}`} flush>
      <Scroll label="Versions">
        <table>
          <thead>
            <tr>
              <th scope="col" className="number">
                Version
              </th>
              <th scope="col">In force since</th>
              <th scope="col">What changed</th>
            </tr>
          </thead>
          <tbody>
            {versions.map((version, index) => (
              <tr key={version.version}>
                <td className="number">{version.version}</td>
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
          </tbody>
        </table>
      </Scroll>
    </Panel>
  );
}

interface ChangesProps {
  readonly version: AsOfReport;
  readonly before: AsOfReport | undefined;
}

function Changes({ version, before }: ChangesProps): ReactElement {
  if (version.status === 'deleted') return <Badge tone="plain">deleted</Badge>;
  if (!before) return <span className="muted">{Object.keys(version.fields).length} fields, the first version</span>;
  const names = [...new Set([...Object.keys(version.fields), ...Object.keys(before.fields)])];
  const changed = names.filter((name) => !isSame(version.fields[name], before.fields[name]));
  if (changed.length === 0) return <span className="muted">No value</span>;
  return (
    <>
      {changed.map((name) => (
        <div key={name} className="say">
          <strong>{name}</strong> <span className="muted">{shown(before.fields[name])} →</span>{' '}
          {shown(version.fields[name])}
        </div>
      ))}
    </>
  );
}
