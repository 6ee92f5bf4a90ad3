import type { ReactElement } from 'react';
import { Check } from '../ui/field.js';
import { Notice, Panel } from '../ui/parts.js';
import { seedCommands } from './seed-commands.js';
import type { SeedDraft } from './seed-draft.js';

interface SeedCommandsProps {
  readonly draft: SeedDraft;
  readonly onChange: (part: Partial<SeedDraft>) => void;
  /** Where nothing else on the page leads back. */
  readonly onBack?: () => void;
}

/** The same seed from the command line, which also follows live events, and writes JSON Lines. */
export function SeedCommands({ draft, onChange, onBack }: SeedCommandsProps): ReactElement {
  return (
    <>
      <Panel title="From the command line">
        <div className="stack">
          <Notice tone="accent">
            Nothing was done yet. These commands are run where the store is reached; put its password into PGPASSWORD.
            <code> jsonl:FILE</code> instead of the address writes a file.
          </Notice>
          <Check
            label="Go on with live events after the seed"
            isChecked={draft.follow}
            onChange={(follow) => onChange({ follow })}
          />
          {seedCommands(draft).map(({ title, command }) => (
            <div key={title}>
              <h3>{title}</h3>
              <pre className="code-box" role="region" aria-label={title} tabIndex={0}>
                {command}
              </pre>
            </div>
          ))}
        </div>
      </Panel>
      {onBack && (
        <div className="row">
          <button className="button" onClick={onBack}>
            Back
          </button>
        </div>
      )}
    </>
  );
}
