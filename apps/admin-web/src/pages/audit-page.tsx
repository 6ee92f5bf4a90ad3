import { useState, type FormEvent, type ReactElement } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { AuditLine, AuditPage as AuditAnswer } from '#contracts';
import { apiPath } from '../api/client.js';
import { Ago, Badge, Empty, PageHead, Panel, type Tone } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { counted } from '../ui/text.js';
import { Table } from '../ui/table.js';
import { AuditExport } from './audit-export.js';
import { AuditVerify } from './audit-verify.js';
import { Choice } from './start-round.js';

const PHASES = ['', 'asked', 'ended', 'denied', 'seen'];
const TEXTS = { actor: 'Who', verb: 'Verb', resource: 'Resource', target: 'Request contains' } as const;

/** Who did what, when; and whether anything of it was changed. The filter is in the address. */
export function AuditPage(): ReactElement {
  const [params] = useSearchParams();
  const query = new URLSearchParams([...params].filter(([, value]) => value !== ''));
  return (
    <>
      <PageHead
        title="Audit"
        lead="Every act and export, signed and chained: nothing can be changed or taken out unseen. The end of each chain is published to Kafka."
      >
        <AuditExport query={query} />
      </PageHead>
      <div className="stack">
        <AuditVerify />
        <QueryView<AuditAnswer> path={`${apiPath('audit')}?${query.toString()}`} what="the audit">
          {(answer) => (
            <>
              <Filter key={query.toString()} services={answer.services} />
              <Entries answer={answer} />
            </>
          )}
        </QueryView>
      </div>
    </>
  );
}

function Filter({ services }: { readonly services: readonly string[] }): ReactElement {
  const [params, setParams] = useSearchParams();
  const names = ['service', 'phase', 'outcome', ...Object.keys(TEXTS)];
  const [fields, setFields] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(names.map((name) => [name, params.get(name) ?? ''])),
  );
  const set = (name: string) => (value: string) => setFields({ ...fields, [name]: value });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setParams(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '')));
  };
  return (
    <form className="form" onSubmit={submit} aria-label="Filter of the audit">
      <Choice label="Service" value={fields['service'] ?? ''} options={['', ...services]} onChange={set('service')} />
      <Choice label="Phase" value={fields['phase'] ?? ''} options={PHASES} onChange={set('phase')} />
      {Object.entries(TEXTS).map(([name, label]) => (
        <div className="field" key={name}>
          <label htmlFor={`audit-${name}`}>{label}</label>
          <input
            id={`audit-${name}`}
            value={fields[name] ?? ''}
            onChange={({ target }) => setFields({ ...fields, [name]: target.value })}
          />
        </div>
      ))}
      <button className="button" data-kind="primary" type="submit">
        Filter
      </button>
    </form>
  );
}

function Entries({ answer: { entries, next } }: { readonly answer: AuditAnswer }): ReactElement {
  const [params, setParams] = useSearchParams();
  return (
    <Panel title={counted(entries.length, 'entry', 'entries')} end={<span className="muted">newest first</span>} flush>
      {entries.length === 0 ? (
        <Empty title="No such entry.">
          Acts, exports and what was refused are kept; reads only where the hub file says so.
        </Empty>
      ) : (
        <Table label="Audit" heads={['When', 'Who', 'What', 'Request', 'Outcome', 'Entry']}>
          {entries.map((entry) => (
            <EntryRow key={`${entry.service} ${entry.seq}`} entry={entry} />
          ))}
        </Table>
      )}
      {next !== null && (
        <div className="panel-body">
          <button className="button" onClick={() => setParams({ ...Object.fromEntries(params), before: next })}>
            Older entries
          </button>
        </div>
      )}
    </Panel>
  );
}

function EntryRow({ entry }: { readonly entry: AuditLine }): ReactElement {
  const { service, seq, at, actor, verb, resource, target, phase, outcome } = entry;
  return (
    <tr>
      <td>
        <Ago at={at} />
      </td>
      <td className="key">{actor}</td>
      <td>
        {resource} {verb}
      </td>
      <td className="key mono">{target}</td>
      <td>
        <Badge tone={toneOf(entry)}>{phase === 'ended' ? outcome : phase}</Badge>
      </td>
      <td>
        <Link to={`/audit/${encodeURIComponent(service)}/${seq}`}>
          {service} {seq}
        </Link>
      </td>
    </tr>
  );
}

/** What a colour says of an entry. */
export function toneOf({ phase, outcome }: Pick<AuditLine, 'phase' | 'outcome'>): Tone {
  if (phase === 'denied') return 'danger';
  if (phase === 'ended') return outcome === 'done' ? 'ok' : 'danger';
  return 'plain';
}
