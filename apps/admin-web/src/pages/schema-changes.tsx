import type { ReactElement } from 'react';
import type { SchemaChangeReport } from '#contracts';
import { Badge } from '../ui/parts.js';

interface SchemaChangesListProps {
  readonly changes: readonly SchemaChangeReport[];
  readonly nothing: string;
}

/** What changed, in words: who breaks by it and what to do, or that nobody does. */
export function SchemaChangesList({ changes, nothing }: SchemaChangesListProps): ReactElement {
  if (changes.length === 0) return <p className="muted">{nothing}</p>;
  return (
    <ul className="verdict">
      {changes.map(({ owner, path, change, breaks, advice }) => (
        <li key={`${owner} ${path} ${change}`}>
          <Badge tone={breaks.length > 0 ? 'danger' : 'ok'}>{breaks.length > 0 ? 'breaks' : 'compatible'}</Badge>{' '}
          <strong className="mono">{path}</strong>: {change}
          {breaks.length > 0 && (
            <div className="muted">
              {breaks.map(reason).join('; ')}. To do: {advice}.
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

function reason(readers: string): string {
  return readers === 'new readers'
    ? 'new readers cannot read what is already in the topics'
    : 'old readers cannot read what will be written';
}
