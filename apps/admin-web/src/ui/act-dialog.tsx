import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState, type FormEvent, type ReactElement, type ReactNode } from 'react';
import type { PermissionName } from '#contracts';
import { useDenial } from '../api/permissions.js';
import { Dialog } from './dialog.js';
import { ErrorNotice } from './query-view.js';

interface ActDialogProps {
  /** On the button that opens it. */
  readonly label: string;
  readonly title: string;
  readonly kind?: 'primary' | 'danger';
  /** On the button that does it, where that is another word. */
  readonly confirm?: string;
  readonly disabled?: boolean;
  /** What the act needs; who lacks it is told so by the button. */
  readonly needs?: PermissionName;
  /** Whether a reason is asked for. */
  readonly needsReason?: boolean;
  readonly act: (reason: string) => Promise<unknown>;
  readonly onDone?: () => void;
  readonly children: ReactNode;
}

/** A button that says first what it would do, asks for the reason where one is kept, and then does it. */
export function ActDialog(props: ActDialogProps): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const denial = useDenial(props.needs);
  const trigger = (
    <button
      className="button"
      data-kind={props.kind}
      disabled={props.disabled === true || denial !== null}
      title={denial ?? undefined}
    >
      {props.label}
      {denial !== null && <span className="visually-hidden"> {denial}</span>}
    </button>
  );
  return (
    <Dialog title={props.title} trigger={trigger} isOpen={isOpen} onChange={setOpen}>
      {isOpen && <ActForm {...props} onClose={() => setOpen(false)} />}
    </Dialog>
  );
}

function ActForm(props: ActDialogProps & { readonly onClose: () => void }): ReactElement {
  const { label, confirm = label, kind = 'primary', needsReason = true, act, onDone, onClose, children } = props;
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const { mutate, isPending, error } = useMutation({
    mutationFn: act,
    onSuccess: async () => {
      await client.invalidateQueries();
      onClose();
      onDone?.();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutate(reason);
  };
  return (
    <form className="stack" onSubmit={submit}>
      {children}
      {needsReason && <ReasonField value={reason} onChange={setReason} />}
      {error && <ErrorNotice error={error} />}
      <div className="actions">
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" className="button" data-kind={kind} disabled={isPending}>
          {isPending ? 'Working …' : confirm}
        </button>
      </div>
    </form>
  );
}

interface ReasonFieldProps {
  readonly value: string;
  readonly onChange: (reason: string) => void;
}

function ReasonField({ value, onChange }: ReasonFieldProps): ReactElement {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Why? It is kept with your name.</label>
      <textarea
        id={id}
        rows={3}
        required
        maxLength={500}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </div>
  );
}
