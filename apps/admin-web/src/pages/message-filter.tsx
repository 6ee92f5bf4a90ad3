import { useState, type FormEvent, type ReactElement } from 'react';
import { useSearchParams } from 'react-router';

const KINDS = { all: 'all messages', values: 'with a value', tombstones: 'only tombstones' } as const;
/** Fields, with the type of their input. */
const FIELDS = {
  key: ['Key contains', 'text'],
  header: ['A header contains', 'text'],
  partition: ['Partition', 'number'],
  since: ['Since (UTC)', 'datetime-local'],
} as const;
const NAMES = ['kind', ...Object.keys(FIELDS)];

/** Which messages are shown; in the address. */
export function MessageFilter(): ReactElement {
  const [params, setParams] = useSearchParams();
  const [fields, setFields] = useState<Readonly<Record<string, string>>>(() => ({
    ...Object.fromEntries(NAMES.map((name) => [name, params.get(name) ?? ''])),
    since: (params.get('since') ?? '').slice(0, 19),
  }));
  const set = (name: string, value: string): void => setFields({ ...fields, [name]: value });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const { since = '' } = fields;
    const from = since === '' ? '' : `${since}${since.length === 16 ? ':00' : ''}Z`;
    const asked = Object.entries({ ...fields, since: from }).filter(([, value]) => value !== '');
    setParams(Object.fromEntries(asked));
  };
  return (
    <form className="form" onSubmit={submit} aria-label="Filter of the messages">
      <div className="field">
        <label htmlFor="filter-kind">Show</label>
        <select id="filter-kind" value={fields['kind']} onChange={({ target }) => set('kind', target.value)}>
          {Object.entries(KINDS).map(([value, label]) => (
            <option key={value} value={value === 'all' ? '' : value}>
              {label}
            </option>
          ))}
        </select>
      </div>
      {Object.entries(FIELDS).map(([name, [label, type]]) => (
        <div className="field" key={name}>
          <label htmlFor={`filter-${name}`}>{label}</label>
          <input
            id={`filter-${name}`}
            {...{ type, ...(type === 'number' && { min: 0 }), ...(type === 'datetime-local' && { step: 1 }) }}
            value={fields[name] ?? ''}
            onChange={({ target }) => set(name, target.value)}
          />
        </div>
      ))}
      <button className="button" data-kind="primary" type="submit">
        Read
      </button>
    </form>
  );
}
