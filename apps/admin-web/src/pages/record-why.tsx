import type { ReactElement } from 'react';
import type { ExplainedValue, ExplainReport } from '#contracts';
import { Ago, Empty, Panel } from '../ui/parts.js';
import { shownField } from '../ui/text.js';
import { Table } from '../ui/table.js';

type Field = ExplainReport['fields'][string];

const RULES: Readonly<Record<string, string>> = {
  owner: 'it owns this field',
  priority: 'it stands first in the order of systems',
  'last-writer-wins': 'it changed this field last',
  override: 'a person set it',
};

/** Every value with the reason in words: who won, by which rule, and what the others say. */
export function RecordWhy({ explain }: { readonly explain: ExplainReport }): ReactElement {
  const fields = Object.entries(explain.fields);
  return (
    <Panel title="Values and why" flush>
      {fields.length === 0 ? (
        <Empty title="No value is known.">No system has said anything about a field that the policy names.</Empty>
      ) : (
        <Table label="Values and why" heads={['Field', 'Value', 'Why']}>
          {fields.map(([name, field]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="key">{shownField(explain.entity, name, field.value)}</td>
              <td>
                <Why field={field} show={(value) => shownField(explain.entity, name, value)} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}

type Show = (value: unknown) => string;

function Why({ field, show }: { readonly field: Field; readonly show: Show }): ReactElement {
  if (field.values.length === 0) return <span className="muted">No system says anything.</span>;
  const inOrder = [...field.values].sort((a, b) => Number(b.won) - Number(a.won));
  return (
    <>
      {inOrder.map((value) => (
        <Said key={`${value.system} ${value.externalId}`} said={value} rule={field.rule} show={show} />
      ))}
    </>
  );
}

interface SaidProps {
  readonly said: ExplainedValue;
  readonly rule: string;
  readonly show: Show;
}

function Said({ said, rule, show }: SaidProps): ReactElement {
  const { system, externalId, value, at, won, unread, override } = said;
  return (
    <div className="say">
      <span className={won ? 'won' : undefined}>
        {system} says {show(value)}
      </span>{' '}
      <span className="muted">
        {at ? (
          <>
            since <Ago at={at} />
          </>
        ) : (
          'since before the hub knew it'
        )}
        {won ? `: it counts, since ${RULES[rule] ?? rule}` : ': it does not count'}
        {unread && ' (not in its latest record)'}
        {externalId !== '' && ` · its id ${externalId}`}
      </span>
      {override && (
        <div className="muted">
          {override.by === '' ? 'Somebody set it' : `${override.by} set it: ${override.reason}`}
          {override.overrules.length > 0 &&
            `, over ${override.overrules.map((word) => `${word.system} ${show(word.value)}`).join(', ')}`}
        </div>
      )}
    </div>
  );
}
