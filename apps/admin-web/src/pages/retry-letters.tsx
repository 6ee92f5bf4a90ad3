import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { LetterChoice, LetterRetryPlan } from '#contracts';
import { post } from '../api/client.js';
import { ActDialog } from '../ui/act-dialog.js';
import { Badge, Notice } from '../ui/parts.js';
import { ErrorNotice } from '../ui/query-view.js';
import { counted } from '../ui/text.js';

interface LettersProps {
  readonly label: string;
  readonly choice: LetterChoice;
}

/** Hands letters to their consumers once more; says first how many, through which lanes, and whether those are read. */
export function RetryLetters({ label, choice }: LettersProps): ReactElement {
  return (
    <ActDialog
      label={label}
      confirm="Retry"
      title="Hand them to their consumers once more?"
      needsReason={false}
      act={() => post('/api/dead-letters/retry', choice)}
    >
      <RetryPlan choice={choice} />
    </ActDialog>
  );
}

function RetryPlan({ choice }: { readonly choice: LetterChoice }): ReactElement {
  const { data, error } = useQuery({
    queryKey: ['retry-plan', JSON.stringify(choice)],
    queryFn: () => post<LetterRetryPlan>('/api/dead-letters/plan', choice),
    staleTime: 0,
  });
  if (error) return <ErrorNotice error={error} />;
  if (!data) return <p role="status">Counting …</p>;
  const { letters, held, lanes } = data;
  return (
    <>
      <p>{counted(letters, 'letter')}, in the order in which they were written.</p>
      {held > 0 && (
        <p className="muted">
          {counted(held, 'more letter')} wait behind another of their key: their service hands them on in order.
        </p>
      )}
      <ul className="stack">
        {lanes.map(({ lane, group, isRead }) => (
          <li key={lane} className="key">
            <Badge tone={isRead ? 'ok' : 'danger'}>{isRead ? 'reads its lane' : 'does not read its lane'}</Badge>{' '}
            {group}
            <span className="muted mono"> {lane}</span>
          </li>
        ))}
      </ul>
      {lanes.some(({ isRead }) => !isRead) && (
        <Notice tone="warn">A consumer that does not read its lane gets nothing: start it first.</Notice>
      )}
    </>
  );
}

/** Gives letters up, with the reason. */
export function DiscardLetters({ label, choice, count }: LettersProps & { readonly count: number }): ReactElement {
  return (
    <ActDialog
      label={label}
      confirm="Give up"
      title={`Give up ${counted(count, 'letter')}?`}
      kind="danger"
      act={(reason) => post('/api/dead-letters/discard', { ...choice, reason })}
    >
      <p>Their consumer never sees them. They stay in the dead-letter topic for its retention.</p>
    </ActDialog>
  );
}
