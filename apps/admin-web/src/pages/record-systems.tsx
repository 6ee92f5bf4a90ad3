import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { RecordReport, SystemRecord } from '#contracts';
import { Badge, Empty, Panel, Scroll } from '../ui/parts.js';
import { isSame, shownField } from '../ui/text.js';

/** The record side by side in every system, as each was last read; what differs from the golden record is marked. */
export function RecordSystems({ report: { explain, systems } }: { readonly report: RecordReport }): ReactElement {
  const names = [
    ...new Set([...Object.keys(explain.fields), ...systems.flatMap(({ fields }) => Object.keys(fields ?? {}))]),
  ];
  if (systems.length === 0) return <Empty title="No system knows this record." />;
  return (
    <Panel title="In each system, as last read" flush>
      <Scroll label="The record in each system">
        <table>
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Golden</th>
              {systems.map((record) => (
                <th scope="col" key={`${record.system} ${record.externalId}`}>
                  <Link to={`/systems/${encodeURIComponent(record.system)}`}>{record.system}</Link>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <StateRow systems={systems} version={explain.version} />
            {names.map((name) => (
              <FieldRow
                key={name}
                name={name}
                entity={explain.entity}
                golden={explain.fields[name]?.value}
                systems={systems}
              />
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  );
}

function StateRow({
  systems,
  version,
}: {
  readonly systems: readonly SystemRecord[];
  readonly version: string;
}): ReactElement {
  return (
    <tr>
      <th scope="row">state</th>
      <td>version {version}</td>
      {systems.map((record) => (
        <td key={`${record.system} ${record.externalId}`}>
          <StateOf record={record} version={version} />
        </td>
      ))}
    </tr>
  );
}

function StateOf({ record, version }: { readonly record: SystemRecord; readonly version: string }): ReactElement {
  if (record.isWriting) return <Badge tone="accent">being written</Badge>;
  if (record.status === null) return <Badge tone="warn">not there</Badge>;
  if (record.status === 'deleted') return <Badge tone="plain">deleted</Badge>;
  const isBehind = record.receivedVersion !== null && record.receivedVersion !== version;
  return isBehind ? <Badge tone="warn">has version {record.receivedVersion}</Badge> : <Badge tone="ok">live</Badge>;
}

interface FieldRowProps {
  readonly name: string;
  readonly entity: string;
  readonly golden: unknown;
  readonly systems: readonly SystemRecord[];
}

function FieldRow({ name, entity, golden, systems }: FieldRowProps): ReactElement {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="key">{golden === undefined ? '–' : shownField(entity, name, golden)}</td>
      {systems.map(({ system, externalId, fields }) => {
        const has = fields !== null && Object.hasOwn(fields, name);
        const differs = has && golden !== undefined && !isSame(fields[name], golden);
        return (
          <td key={`${system} ${externalId}`} className={differs ? 'key differs' : 'key'}>
            {has ? shownField(entity, name, fields[name]) : '–'}
            {differs && <span className="visually-hidden"> differs from golden</span>}
          </td>
        );
      })}
    </tr>
  );
}
