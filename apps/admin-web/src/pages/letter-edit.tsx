import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactElement } from 'react';
import type { LetterChange } from '#contracts';
import { apiPath, post } from '../api/client.js';
import { Check } from '../ui/field.js';
import { Notice, Panel } from '../ui/parts.js';
import { ErrorNotice } from '../ui/query-view.js';
import { Table } from '../ui/table.js';
import { changedIn, fieldsOf, type LetterEdits, type LetterField } from './letter-fields.js';

interface LetterEditProps {
  readonly id: string;
  readonly value: unknown;
}

interface Changes {
  readonly changes: readonly LetterChange[];
}

/** Other values for a letter: checked against the schema, shown as a difference, then sent. */
export function LetterEdit(props: LetterEditProps): ReactElement {
  const [isOpen, setOpen] = useState(false);
  if (isOpen) return <EditPanel {...props} onClose={() => setOpen(false)} />;
  return (
    <div>
      <button className="button" onClick={() => setOpen(true)}>
        Edit and retry …
      </button>
    </div>
  );
}

function EditPanel({ id, value, onClose }: LetterEditProps & { readonly onClose: () => void }): ReactElement {
  const [edits, setEdits] = useState<LetterEdits>({});
  const client = useQueryClient();
  const fields = fieldsOf(value);
  const changed = changedIn(fields, edits);
  const check = useMutation({
    mutationFn: () => post<Changes>(apiPath('dead-letters', id, 'edit', 'plan'), { edits: changed }),
  });
  const send = useMutation({
    mutationFn: () => post<Changes>(apiPath('dead-letters', id, 'edit'), { edits: changed }),
    onSuccess: () => client.invalidateQueries(),
  });
  const edit = (path: string, text: string | null): void => {
    setEdits({ ...edits, [path]: text });
    check.reset(); // what was checked is no longer what would be sent
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    check.mutate();
  };
  return (
    <Panel title="Edit and retry">
      <form className="stack" onSubmit={submit}>
        <Fields fields={fields} edits={edits} onEdit={edit} />
        {check.error && <ErrorNotice error={check.error} />}
        {check.data && <Difference changes={check.data.changes} />}
        {send.error && <ErrorNotice error={send.error} />}
        <div className="row">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button" disabled={changed.length === 0 || check.isPending}>
            Check the edit
          </button>
          {check.data && check.data.changes.length > 0 && <Send isBusy={send.isPending} onSend={() => send.mutate()} />}
        </div>
      </form>
    </Panel>
  );
}

function Send({ isBusy, onSend }: { readonly isBusy: boolean; readonly onSend: () => void }): ReactElement {
  return (
    <button type="button" className="button" data-kind="primary" disabled={isBusy} onClick={onSend}>
      Send it
    </button>
  );
}

interface FieldsProps {
  readonly fields: readonly LetterField[];
  readonly edits: LetterEdits;
  readonly onEdit: (path: string, text: string | null) => void;
}

function Fields({ fields, edits, onEdit }: FieldsProps): ReactElement {
  return (
    <Table label="Fields" heads={['Field', 'Value']}>
      {fields.map(({ path, value }) => {
        const text = edits[path] === undefined ? value : edits[path];
        return (
          <tr key={path}>
            <th scope="row" className="mono key">
              {path}
            </th>
            <td>
              <div className="edit-cell">
                <input
                  type="text"
                  aria-label={path}
                  value={text ?? ''}
                  placeholder={text === null ? '(no value)' : '(empty text)'}
                  onChange={({ target }) => onEdit(path, target.value)}
                />
                <Check
                  label="no value"
                  isChecked={text === null}
                  onChange={(isNone) => onEdit(path, isNone ? null : (value ?? ''))}
                />
              </div>
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

function Difference({ changes }: Changes): ReactElement {
  if (changes.length === 0) return <Notice tone="plain">The edit changes nothing.</Notice>;
  return (
    <Notice tone="ok">
      <p>It fits its schema. This is what changes:</p>
      <pre aria-label="What changes" tabIndex={0}>
        {changes.map(({ path, from, to }) => (
          <span key={path}>
            <span className="diff" data-kind="removed">{`- ${path}: ${from}`}</span>
            <span className="diff" data-kind="added">{`+ ${path}: ${to}`}</span>
          </span>
        ))}
      </pre>
    </Notice>
  );
}
