import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { AdminAct, HubSettings } from '#contracts';
import { Ago, Badge, Empty, PageHead, Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { Table } from '../ui/table.js';
import { Json } from './topic-message.js';

/** The hub file as read, and what people did here. */
export function SettingsPage(): ReactElement {
  return (
    <>
      <PageHead
        title="Settings"
        lead="The hub is set up by its hub file, which is kept with your code. Change the file, then run “plumbline plan” and “plumbline apply”."
      >
        <Link className="button" to="/settings/keys">
          API keys
        </Link>
      </PageHead>
      <QueryView<HubSettings> path="/api/settings" what="settings">
        {({ file, acts }) => (
          <div className="stack">
            <Panel title="Done on this page" flush>
              <Acts acts={acts} />
            </Panel>
            <Panel title="Hub file, as read; secrets hidden">
              <Json label="Hub file" value={file} />
            </Panel>
          </div>
        )}
      </QueryView>
    </>
  );
}

function Acts({ acts }: { readonly acts: readonly AdminAct[] }): ReactElement {
  if (acts.length === 0)
    return (
      <Empty title="Nothing was done here yet.">Decisions, rounds and releases are listed with who and why.</Empty>
    );
  return (
    <Table label="Done on this page" heads={['When', 'Who', 'What', 'Of', 'Why', 'Outcome']}>
      {acts.map((act, index) => (
        <tr key={index}>
          <td>
            <Ago at={act.at} />
          </td>
          <td>{act.actor}</td>
          <td>{act.act}</td>
          <td className="key">{act.subject}</td>
          <td className="key">{act.reason ?? '–'}</td>
          <td>
            <Badge tone={act.outcome === 'done' ? 'ok' : 'danger'}>{act.outcome}</Badge>
          </td>
        </tr>
      ))}
    </Table>
  );
}
