import { useState, type ReactElement } from 'react';
import { useOverview } from '../api/live.js';
import { Check, Field } from '../ui/field.js';
import { Notice, PageHead, Panel } from '../ui/parts.js';
import { StepForm, Steps } from '../ui/steps.js';
import { seedCommands, type SeedDraft } from './seed-commands.js';
import { Choice } from './start-round.js';

const STEPS = ['What', 'Where to', 'Run it'];

/** Brings a new store to the current state of a golden topic: the commands for it, to be run where that store is reached. */
export function SeedPage(): ReactElement {
  const { overview } = useOverview();
  const entities = overview?.entities ?? [];
  const [draft, setDraft] = useState<SeedDraft>({
    entity: '',
    host: '',
    database: '',
    user: '',
    table: '',
    follow: true,
  });
  const [at, setAt] = useState(0);
  const entity = draft.entity === '' ? (entities[0] ?? '') : draft.entity;
  const change = (part: Partial<SeedDraft>): void => setDraft({ ...draft, ...part });
  return (
    <>
      <PageHead
        title="Seed a new store"
        lead="A new PostgreSQL store gets the current state of a golden topic, and live events from there without a gap or a duplicate."
      />
      <Steps names={STEPS} at={at} />
      {at === 0 && (
        <StepForm next="Next" onNext={() => setAt(1)}>
          <div className="form">
            <Choice
              label="Entity"
              value={entity}
              options={entities}
              onChange={(chosen) => change({ entity: chosen })}
            />
          </div>
          <Check
            label="Go on with live events after the seed"
            isChecked={draft.follow}
            onChange={(follow) => change({ follow })}
          />
        </StepForm>
      )}
      {at === 1 && (
        <StepForm next="Show the commands" onNext={() => setAt(2)} onBack={() => setAt(0)}>
          <StoreFields draft={draft} table={entity} onChange={change} />
        </StepForm>
      )}
      {at === 2 && <Commands draft={{ ...draft, entity }} onBack={() => setAt(1)} />}
    </>
  );
}

interface StoreFieldsProps {
  readonly draft: SeedDraft;
  /** Its name where none is given. */
  readonly table: string;
  readonly onChange: (part: Partial<SeedDraft>) => void;
}

function StoreFields({ draft, table: name, onChange: change }: StoreFieldsProps): ReactElement {
  return (
    <div className="wide-fields stack">
      <Field label="Host" required value={draft.host} onChange={(host) => change({ host })} />
      <Field label="Database" required value={draft.database} onChange={(database) => change({ database })} />
      <Field label="User" required value={draft.user} onChange={(user) => change({ user })} />
      <Field
        label="Table"
        placeholder={name}
        value={draft.table}
        onChange={(table) => change({ table })}
        hint="A table, or schema.table. It must not be there yet, or be an earlier seed of the same topic."
      />
    </div>
  );
}

function Commands({ draft, onBack }: { readonly draft: SeedDraft; readonly onBack: () => void }): ReactElement {
  return (
    <div className="stack">
      <Notice tone="accent">
        Nothing was done yet. Run these where the store is reached; the password is not asked for here: put it into
        PGPASSWORD.
      </Notice>
      {seedCommands(draft).map(({ title, command }) => (
        <Panel key={title} title={title}>
          <pre className="code-box" role="region" aria-label={title} tabIndex={0}>
            {command}
          </pre>
        </Panel>
      ))}
      <div className="row">
        <button className="button" onClick={onBack}>
          Back
        </button>
      </div>
    </div>
  );
}
