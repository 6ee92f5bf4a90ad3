import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { SeedStoreReport } from '#contracts';
import { get } from '../api/client.js';
import { Field, partsOf, Radios } from '../ui/field.js';
import { Notice } from '../ui/parts.js';
import type { SeedDraft } from './seed-draft.js';
import { Choice } from './start-round.js';

interface FieldsProps {
  readonly draft: SeedDraft;
  readonly onChange: (part: Partial<SeedDraft>) => void;
}

const ORIGINS = {
  topic: 'The golden topic',
  sources: 'The systems themselves: they are scanned, then the topic is followed from before the scan',
} as const;
const TARGETS = {
  store: 'A PostgreSQL store that the hub file names',
  topic: 'A topic of my own',
  elsewhere: 'Elsewhere, by the command line',
} as const;

/** What of which entity; nothing filled in is all of it, as it is now. */
export function SeedShapeFields({
  draft,
  entities,
  onChange,
}: FieldsProps & { readonly entities: readonly string[] }): ReactElement {
  const of = partsOf(draft, onChange);
  return (
    <>
      <div className="form">
        <Choice label="Entity" {...of('entity')} options={entities} />
        <Field label="As of, UTC; empty: as it is now" type="datetime-local" {...of('asOf')} />
      </div>
      <Field
        label="Only records with, one condition a line"
        rows={2}
        {...of('where')}
        hint="brand=Böhm · name.en~^A (patterns are RE2’s). A record that no longer meets them is deleted there."
      />
      <Field label="Only these fields, by comma" {...of('fields')} placeholder="all" />
      <Radios label="First state from" options={ORIGINS} {...of('from')} />
    </>
  );
}

/** Where it goes. No address and no password is asked for here. */
export function SeedTargetFields({ draft, onChange }: FieldsProps): ReactElement {
  const of = partsOf(draft, onChange);
  return (
    <>
      <Radios label="Into" options={TARGETS} {...of('kind')} />
      <div className="wide-fields stack">
        {draft.kind === 'store' && <StoreFields draft={draft} onChange={onChange} />}
        {draft.kind === 'topic' && (
          <Field
            label="Topic of my own"
            required
            {...of('topic')}
            hint="It is made if it is missing. A topic of the hub is refused, and one with messages that no seed wrote."
          />
        )}
        {draft.kind === 'elsewhere' && <AddressFields draft={draft} onChange={onChange} />}
      </div>
    </>
  );
}

function StoreFields({ draft, onChange }: FieldsProps): ReactElement {
  const of = partsOf(draft, onChange);
  const path = '/api/seeds/stores';
  const { data: stores } = useQuery({ queryKey: ['api', path], queryFn: () => get<SeedStoreReport[]>(path) });
  const schema = stores?.find(({ name }) => name === draft.store)?.schema;
  return (
    <>
      {stores?.length === 0 && (
        <Notice tone="accent">
          The hub file names no store. An admin adds one under <code>stores</code>; or seed by the command line.
        </Notice>
      )}
      <Field label="Store" required options={(stores ?? []).map(({ name }) => name)} {...of('store')} />
      <TableField draft={draft} onChange={onChange} {...(schema !== undefined && { schema })} />
    </>
  );
}

function TableField({ draft, onChange, schema }: FieldsProps & { readonly schema?: string }): ReactElement {
  const of = partsOf(draft, onChange);
  const where = schema === undefined ? '' : ` It is made in the schema ${schema}.`;
  return (
    <Field
      label="Table"
      placeholder={draft.entity.replaceAll('-', '_')}
      {...of('table')}
      hint={`It must not be there yet, or be an earlier seed of the same.${where}`}
    />
  );
}

/** For the commands: the server never sees these. */
function AddressFields({ draft, onChange }: FieldsProps): ReactElement {
  const of = partsOf(draft, onChange);
  return (
    <>
      <Field label="Host" required {...of('host')} />
      <Field label="Database" required {...of('database')} />
      <Field label="User" required {...of('user')} />
      <TableField draft={draft} onChange={onChange} />
    </>
  );
}
