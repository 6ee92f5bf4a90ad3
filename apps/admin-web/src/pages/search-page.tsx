import type { ReactElement } from 'react';
import { useSearchParams } from 'react-router';
import type { SearchHit } from '#contracts';
import { apiPath } from '../api/client.js';
import { Empty, PageHead, Panel, RecordLink } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';

/** Records whose key begins with what was asked for. */
export function SearchPage(): ReactElement {
  const [params] = useSearchParams();
  const asked = params.get('q') ?? '';
  const path = `${apiPath('search')}?q=${encodeURIComponent(asked)}`;
  return (
    <>
      <PageHead title="Records" lead={<>Keys that begin with “{asked}”.</>} />
      {asked === '' ? (
        <Empty title="Ask for a key.">
          Press / and type the beginning of a business key, for example an article number.
        </Empty>
      ) : (
        <QueryView<readonly SearchHit[]> path={path} what="records">
          {(hits) => <Hits hits={hits} />}
        </QueryView>
      )}
    </>
  );
}

function Hits({ hits }: { readonly hits: readonly SearchHit[] }): ReactElement {
  return (
    <Panel title={`${hits.length} found`} flush>
      {hits.length === 0 ? (
        <Empty title="No record has such a key.">
          Upper and lower case count. A price’s key is article|list|currency|group|from.
        </Empty>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Entity</th>
              <th scope="col">Key</th>
            </tr>
          </thead>
          <tbody>
            {hits.map(({ entity, key }) => (
              <tr key={`${entity} ${key}`}>
                <td>{entity}</td>
                <td>
                  <RecordLink entity={entity} recordKey={key} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
