import type { FormEvent, ReactElement, ReactNode } from 'react';

/** The steps of a wizard, and which of them is shown. */
export function Steps({ names, at }: { readonly names: readonly string[]; readonly at: number }): ReactElement {
  return (
    <ol className="steps" aria-label="Steps">
      {names.map((name, index) => (
        <li key={name} aria-current={index === at ? 'step' : undefined} data-done={index < at}>
          <span className="step-number" aria-hidden="true">
            {index + 1}
          </span>
          {name}
        </li>
      ))}
    </ol>
  );
}

interface StepFormProps {
  readonly onNext: () => void;
  /** Without it there is no way back. */
  readonly onBack?: () => void;
  readonly next: string;
  readonly isBusy?: boolean;
  /** Why there is no way on; said below it. */
  readonly denial?: string | null;
  readonly children: ReactNode;
}

/** One step: what it asks for, the way back and the way on. */
export function StepForm({
  onNext,
  onBack,
  next,
  isBusy = false,
  denial = null,
  children,
}: StepFormProps): ReactElement {
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onNext();
  };
  return (
    <form className="stack panel panel-body" onSubmit={submit}>
      {children}
      {denial !== null && <p className="muted">{denial}</p>}
      <div className="row">
        {onBack && (
          <button type="button" className="button" onClick={onBack}>
            Back
          </button>
        )}
        <button type="submit" className="button" data-kind="primary" disabled={isBusy || denial !== null}>
          {isBusy ? 'Working …' : next}
        </button>
      </div>
    </form>
  );
}
