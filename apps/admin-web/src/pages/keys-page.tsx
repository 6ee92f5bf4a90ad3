import { useState, type ReactElement } from 'react';
import { Link } from 'react-router';
import type { ApiKeyList, ApiKeyReport, NewApiKey } from '#contracts';
import { apiPath, post } from '../api/client.js';
import { ActDialog } from '../ui/act-dialog.js';
import { Ago, Badge, Empty, PageHead, Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { buttons, Table } from '../ui/table.js';
import { counted, utc } from '../ui/text.js';
import { useNow } from '../ui/use-now.js';
import { CreateKey, MadeKey } from './new-key.js';

/** API keys: who has one, what it may, and how it ends. */
export function KeysPage(): ReactElement {
  const [made, setMade] = useState<NewApiKey | null>(null);
  return (
    <QueryView<ApiKeyList> path="/api/keys" what="the keys">
      {({ keys, roles }) => (
        <>
          <PageHead
            title="API keys"
            lead={
              <>
                For programs, and for colleagues at the command line. Part of the <Link to="/settings">settings</Link>;
                who made and revoked one is in the <Link to="/audit?resource=access">audit</Link>.
              </>
            }
          >
            <CreateKey roles={roles} onMade={setMade} />
          </PageHead>
          <div className="stack">
            {made && <MadeKey made={made} onHide={() => setMade(null)} />}
            <Panel title={counted(keys.length, 'key')} end={<span className="muted">newest first</span>} flush>
              <Keys keys={keys} />
            </Panel>
          </div>
        </>
      )}
    </QueryView>
  );
}

function Keys({ keys }: { readonly keys: readonly ApiKeyReport[] }): ReactElement {
  const nowMs = useNow();
  if (keys.length === 0)
    return <Empty title="There is no API key.">A key has roles and an end, and is shown once: when it is made.</Empty>;
  return (
    <Table label="API keys" heads={['Key', 'For', 'Owner', 'Roles', 'State', 'Last used', buttons('Revoke')]}>
      {keys.map((key) => (
        <tr key={key.prefix}>
          <td className="mono">{key.prefix}</td>
          <td className="key">{key.name}</td>
          <td className="key">{key.owner}</td>
          <td>{key.roles.join(', ')}</td>
          <td>
            <State of={key} nowMs={nowMs} />
          </td>
          <td>{key.lastUsedAt === null ? 'never' : <Ago at={key.lastUsedAt} />}</td>
          <td>{key.revokedAt === null && Date.parse(key.expiresAt) > nowMs && <Revoke of={key} />}</td>
        </tr>
      ))}
    </Table>
  );
}

function State({ of, nowMs }: { readonly of: ApiKeyReport; readonly nowMs: number }): ReactElement {
  const { revokedAt, expiresAt } = of;
  if (revokedAt !== null) return <Badge tone="danger">revoked {utc(revokedAt)}</Badge>;
  if (Date.parse(expiresAt) <= nowMs) return <Badge tone="plain">expired {utc(expiresAt)}</Badge>;
  return <Badge tone="ok">until {utc(expiresAt)}</Badge>;
}

function Revoke({ of: { prefix, name, owner } }: { readonly of: ApiKeyReport }): ReactElement {
  return (
    <ActDialog
      needs="access:change"
      label="Revoke"
      title={`Revoke ${prefix}?`}
      kind="danger"
      needsReason={false}
      act={() => post(apiPath('keys', prefix, 'revoke'))}
    >
      <p>
        “{name}” of {owner} opens nothing any more from this moment, and can not be brought back.
      </p>
    </ActDialog>
  );
}
