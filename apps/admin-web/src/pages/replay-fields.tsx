import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { get } from '../api/client.js';
import { Check, Field, partsOf, Radios } from '../ui/field.js';
import type { ReplayDraft } from './replay-draft.js';

interface FieldsProps {
  readonly draft: ReplayDraft;
  readonly onChange: (part: Partial<ReplayDraft>) => void;
}

const TARGETS = {
  lane: 'A consumer group, through its private lane',
  topic: 'A topic of my own',
} as const;

/** Which messages of the topic; nothing filled in is all of them. */
export function SelectionFields({ draft, onChange }: FieldsProps): ReactElement {
  const of = partsOf(draft, onChange);
  return (
    <>
      <p className="muted">All that is given must hold. Leave everything empty for the whole topic.</p>
      <div className="form">
        <Field label="From, UTC" type="datetime-local" {...of('from')} />
        <Field label="Before, UTC" type="datetime-local" {...of('until')} />
      </div>
      <Field label="Keys, one a line" rows={3} {...of('keys')} />
      <Field
        label="Conditions, one a line"
        rows={2}
        {...of('where')}
        hint="brand=Böhm · fields.name~^A · header:ce_type~changed (patterns are RE2’s)"
      />
      <Field
        label="Offsets, one partition a line"
        rows={2}
        {...of('offsets')}
        hint="0:100-200 is partition 0 from 100 up to, without, 200. Other partitions are not read then."
      />
    </>
  );
}

/** Who gets them, and how fast. */
export function TargetFields({ draft, onChange }: FieldsProps): ReactElement {
  const of = partsOf(draft, onChange);
  return (
    <>
      <Radios label="Into" options={TARGETS} {...of('kind')} />
      <div className="wide-fields stack">
        {draft.kind === 'lane' ? (
          <GroupField {...of('group')} />
        ) : (
          <>
            <Field
              label="Topic of my own"
              required
              {...of('topic')}
              hint="It is made if it is missing. A topic of the hub is refused."
            />
            <Check
              label="Add to it when it has messages"
              isChecked={draft.append}
              onChange={(append) => onChange({ append })}
            />
          </>
        )}
      </div>
      <div className="form">
        <Field label="Messages a second, at most" type="number" min={1} placeholder="no limit" {...of('perSecond')} />
        <Field label="Seconds until the full rate" type="number" min={0} placeholder="30" {...of('rampSeconds')} />
      </div>
    </>
  );
}

interface GroupFieldProps {
  readonly value: string;
  readonly onChange: (group: string) => void;
}

/** A consumer group that the cluster knows. */
export function GroupField({ value, onChange }: GroupFieldProps): ReactElement {
  const { data } = useQuery({ queryKey: ['api', '/api/groups'], queryFn: () => get<string[]>('/api/groups') });
  return <Field label="Consumer group" required value={value} onChange={onChange} options={data ?? []} />;
}
