import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { PageHead, Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';

/** Every event type; its versions are behind it. */
export function SchemasPage(): ReactElement {
  return (
    <>
      <PageHead
        title="Schemas"
        lead="The contracts of the topics. Versions only ever add what old and new readers can live with."
      />
      <QueryView<readonly string[]> path="/api/schemas" what="schemas">
        {(types) => (
          <Panel title={`${types.length} event types`} flush>
            <table>
              <thead>
                <tr>
                  <th scope="col">Type</th>
                </tr>
              </thead>
              <tbody>
                {types.map((type) => (
                  <tr key={type}>
                    <td className="key">
                      <Link to={`/schemas/${encodeURIComponent(type)}`}>{type}</Link>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Panel>
        )}
      </QueryView>
    </>
  );
}
