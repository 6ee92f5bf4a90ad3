import { useState, type ReactElement } from 'react';
import type { NewApiKey } from '#contracts';
import { post } from '../api/client.js';
import { useSession } from '../api/session.js';
import { ActDialog } from '../ui/act-dialog.js';
import { CopyField } from '../ui/copy-field.js';
import { Check, Field } from '../ui/field.js';
import { Notice } from '../ui/parts.js';
import { utc } from '../ui/text.js';

const EXPIRIES = ['7d', '30d', '90d', '365d'];

interface CreateKeyProps {
  readonly roles: readonly string[];
  readonly onMade: (made: NewApiKey) => void;
}

/** Asks for what a key needs and makes it. */
export function CreateKey({ roles, onMade }: CreateKeyProps): ReactElement {
  const { session } = useSession();
  const [name, setName] = useState('');
  const [owner, setOwner] = useState('');
  const [expires, setExpires] = useState('90d');
  const [chosen, setChosen] = useState<readonly string[]>(['viewer']);
  const make = async (): Promise<void> => {
    onMade(await post<NewApiKey>('/api/keys', { name, roles: chosen, expires, ...(owner !== '' && { owner }) }));
    setName('');
  };
  return (
    <ActDialog
      needs="access:change"
      label="New key"
      title="Make an API key"
      kind="primary"
      confirm="Make the key"
      needsReason={false}
      act={make}
    >
      <Field label="What it is for" value={name} onChange={setName} required />
      <Field
        label="Owner"
        value={owner}
        onChange={setOwner}
        placeholder={session?.subject ?? ''}
        hint="Who answers for it. Empty: you. Keys of one owner are one person; one that acts for somebody else may need a second person."
      />
      <fieldset className="radios">
        <legend>Roles</legend>
        {roles.map((role) => (
          <Check
            key={role}
            label={role}
            isChecked={chosen.includes(role)}
            onChange={(isOn) => setChosen(isOn ? [...chosen, role] : chosen.filter((one) => one !== role))}
          />
        ))}
      </fieldset>
      <Field
        label="Expires"
        value={expires}
        onChange={setExpires}
        options={EXPIRIES}
        required
        hint="Days, such as 90d, or a time, such as 2027-01-31T00:00:00Z."
      />
    </ActDialog>
  );
}

/** The key, the only time that it is shown: it is gone when the page is left. */
export function MadeKey({ made, onHide }: { readonly made: NewApiKey; readonly onHide: () => void }): ReactElement {
  return (
    <Notice tone="accent">
      <div className="stack">
        <strong>This is the key “{made.name}”. It is not shown again.</strong>
        <p>
          Until {utc(made.expiresAt)}, as {made.roles.join(', ')}. It is sent as a bearer token; the CLI takes it as
          PLUMBLINE_TOKEN.
        </p>
        <CopyField label="The key" value={made.key} />
        <div className="row">
          <button type="button" className="button" onClick={onHide}>
            I have kept it
          </button>
        </div>
      </div>
    </Notice>
  );
}
