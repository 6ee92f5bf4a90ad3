import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { SearchHit } from '#contracts';
import { apiPath, get } from '../api/client.js';
import { Panel, RecordLink } from '../ui/parts.js';

interface RecordRelatedProps {
  readonly entity: string;
  readonly recordKey: string;
}

/** Records about the same article; nothing where there are none. */
export function RecordRelated({ entity, recordKey }: RecordRelatedProps): ReactElement | null {
  const path = apiPath('records', entity, recordKey, 'related');
  const { data = [] } = useQuery({ queryKey: ['api', path], queryFn: () => get<readonly SearchHit[]>(path) });
  if (data.length === 0) return null;
  return (
    <Panel title="About the same article">
      <ul className="verdict">
        {data.map((hit) => (
          <li key={`${hit.entity} ${hit.key}`}>
            {hit.entity} <RecordLink entity={hit.entity} recordKey={hit.key} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
