import { useId, type HTMLInputTypeAttribute, type ReactElement } from 'react';

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: HTMLInputTypeAttribute;
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly min?: number;
  /** Said below it. */
  readonly hint?: string;
  /** To choose from; anything else may be written, too. */
  readonly options?: readonly string[];
  /** A text of so many lines. */
  readonly rows?: number;
}

/** A text with its label, and what may be chosen. */
export function Field({ label, value, onChange, hint, options, rows, ...rest }: FieldProps): ReactElement {
  const id = useId();
  const shared = { id, value, ...(hint !== undefined && { 'aria-describedby': `${id}-hint` }) };
  const { type, min, ...texts } = rest;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {rows === undefined ? (
        <input
          {...shared}
          {...rest}
          {...(type === 'datetime-local' && { step: '1' })}
          {...(options && { list: `${id}-options`, autoComplete: 'off' })}
          onChange={({ target }) => onChange(target.value)}
        />
      ) : (
        <textarea {...shared} {...texts} rows={rows} onChange={({ target }) => onChange(target.value)} />
      )}
      {options && (
        <datalist id={`${id}-options`}>
          {options.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
      {hint !== undefined && (
        <p className="muted" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface CheckProps {
  readonly label: string;
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
}

/** Something that is so or not. */
export function Check({ label, isChecked, onChange }: CheckProps): ReactElement {
  return (
    <label className="check">
      <input type="checkbox" checked={isChecked} onChange={({ target }) => onChange(target.checked)} />
      {label}
    </label>
  );
}

interface RadiosProps<T extends string> {
  readonly label: string;
  readonly options: Readonly<Record<T, string>>;
  readonly value: T;
  readonly onChange: (value: T) => void;
}

/** One of a few. */
export function Radios<T extends string>({ label, options, value, onChange }: RadiosProps<T>): ReactElement {
  const name = useId();
  return (
    <fieldset className="radios">
      <legend>{label}</legend>
      {(Object.entries(options) as [T, string][]).map(([option, text]) => (
        <label className="check" key={option}>
          <input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />
          {text}
        </label>
      ))}
    </fieldset>
  );
}

type PartOf<T> = <K extends keyof T>(name: K) => { readonly value: T[K]; readonly onChange: (value: T[K]) => void };

/** What ties a field to a part of a draft: `{...of('topic')}`. */
export function partsOf<T extends object>(draft: T, onChange: (part: Partial<T>) => void): PartOf<T> {
  return (name) => ({
    value: draft[name],
    onChange: (value) => onChange({ [name]: value } as unknown as Partial<T>),
  });
}
