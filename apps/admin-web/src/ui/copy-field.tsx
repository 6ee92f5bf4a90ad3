import { useId, useRef, useState, type ReactElement } from 'react';

/** A text to be taken along; where the browser gives no clipboard (pages without https) it is selected. */
export function CopyField({ label, value }: { readonly label: string; readonly value: string }): ReactElement {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [said, say] = useState('');
  const copy = async (): Promise<void> => {
    input.current?.select();
    try {
      await navigator.clipboard.writeText(value);
      say('Copied.');
    } catch {
      say('Selected: copy it with the keyboard.');
    }
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="copy">
        <input id={id} className="mono" ref={input} readOnly value={value} onFocus={({ target }) => target.select()} />
        <button type="button" className="button" data-kind="primary" onClick={() => void copy()}>
          Copy
        </button>
      </div>
      <p className="muted" role="status">
        {said}
      </p>
    </div>
  );
}
