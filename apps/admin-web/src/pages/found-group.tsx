import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { FoundGroup, FoundRecord } from '#contracts';
import { Ago, Badge, Panel, recordPath } from '../ui/parts.js';
import { messagePath } from '../ui/paths.js';
import { counted } from '../ui/text.js';
import { Table } from '../ui/table.js';

const TITLES: Readonly<Record<FoundGroup['by'], string>> = {
  key: 'with this key',
  event: 'with this event id',
  trace: 'of this trace',
  type: 'of this type',
  time: 'of this time',
};

/** Records of topics that were found in one way. */
export function FoundGroupPanel({ group: { by, records, isCut } }: { readonly group: FoundGroup }): ReactElement {
  const title = `${counted(records.length, 'message')} ${TITLES[by]}`;
  const end = isCut ? <span className="muted">there are older ones</span> : undefined;
  return (
    <Panel title={title} end={end} flush>
      <Table label={title} heads={['When', 'Message', 'Record', 'Type', 'Event']}>
        {records.map((record) => (
          <FoundRow key={`${record.topic} ${record.partition} ${record.offset}`} record={record} />
        ))}
      </Table>
    </Panel>
  );
}

function FoundRow({ record }: { readonly record: FoundRecord }): ReactElement {
  const { at, topic, partition, offset, key, type, eventId, isTombstone, isInTopic } = record;
  return (
    <tr>
      <td>
        <Ago at={at} />
      </td>
      <td className="key">
        {isInTopic === false ? (
          <span className="muted">no longer in {topic}</span>
        ) : (
          <Link to={messagePath({ topic, partition, offset })}>
            {topic} {partition}/{offset}
          </Link>
        )}
      </td>
      <td className="key">
        <RecordOf record={record} />
      </td>
      <td>{isTombstone ? <Badge tone="warn">tombstone</Badge> : (type ?? '–')}</td>
      <td className="key mono">{eventId ?? (key === '' ? '–' : '')}</td>
    </tr>
  );
}

function RecordOf({ record: { entity, recordKey, key } }: { readonly record: FoundRecord }): ReactElement {
  if (entity === null || recordKey === null) return <span className="mono">{key}</span>;
  return <Link to={`${recordPath(entity, recordKey)}?tab=timeline`}>{recordKey}</Link>;
}
