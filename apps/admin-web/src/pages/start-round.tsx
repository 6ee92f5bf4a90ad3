import { useId, useState, type ReactElement } from 'react';
import { useNavigate } from 'react-router';
import type { RoundReport, SystemOverview } from '#contracts';
import { post } from '../api/client.js';
import { ActDialog } from '../ui/act-dialog.js';
import { PlanView } from './system-plan.js';

/** Starts a round; shows first what it would find. */
export function StartRound({ systems }: { readonly systems: readonly SystemOverview[] }): ReactElement {
  const navigate = useNavigate();
  const [system, setSystem] = useState<string>(systems[0]?.id ?? '');
  const [entity, setEntity] = useState('');
  const entities = systems.find(({ id }) => id === system)?.entities ?? [];
  const start = async (): Promise<void> => {
    const body = { system, ...(entity !== '' && { entity }) };
    const [first] = await post<readonly RoundReport[]>('/api/rounds', body);
    if (first) await navigate(`/drift/${encodeURIComponent(first.id)}`);
  };
  const choose = (id: string): void => {
    setSystem(id);
    setEntity('');
  };
  return (
    <ActDialog
      needs="round:start"
      label="Start a round"
      title="Start a reconcile round"
      kind="primary"
      needsReason={false}
      act={start}
    >
      <div className="form">
        {systems.length > 1 && (
          <Choice label="System" value={system} options={systems.map(({ id }) => id)} onChange={choose} />
        )}
        <Choice label="Entity" value={entity} options={['', ...entities]} onChange={setEntity} />
      </div>
      <p>
        The round reads the system anew, and repairs what differs where the hub may write. Over the limits nothing is
        written: it is held until somebody decides.
      </p>
      <p className="muted">Dry run: what differs by what the hub knows now. Nothing has been changed.</p>
      <PlanView key={system} system={system} />
    </ActDialog>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly onChange: (value: string) => void;
}

/** A list to choose from; an empty option means all. */
export function Choice({ label, value, options, onChange }: ChoiceProps): ReactElement {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={({ target }) => onChange(target.value)}>
        {options.map((option) => (
          <option key={option} value={option}>
            {option === '' ? 'all' : option}
          </option>
        ))}
      </select>
    </div>
  );
}
