import { useState, type ReactElement } from 'react';
import { Link, useParams } from 'react-router';
import type { LetterDetail, LetterReport } from '#contracts';
import { apiPath, post } from '../api/client.js';
import { ActDialog } from '../ui/act-dialog.js';
import { Field } from '../ui/field.js';
import { Ago, Badge, Notice, PageHead, Panel, type Tone } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { grouped } from '../ui/text.js';
import { LetterClass } from './dead-letters-page.js';
import { LetterEdit } from './letter-edit.js';
import { DiscardLetters, RetryLetters } from './retry-letters.js';
import { SendingNotice } from './sending-notice.js';
import { Headers, Json } from './topic-message.js';

const EVERY_MS = 3_000;

const STATES: Readonly<Record<LetterReport['state'], readonly [Tone, string]>> = {
  open: ['danger', 'open'],
  retrying: ['accent', 'on its way'],
  retried: ['ok', 'sent once more'],
  discarded: ['plain', 'given up'],
};

/** One message that its consumer could not handle: what it holds, why, and what to do. */
export function LetterPage(): ReactElement {
  const { id = '' } = useParams();
  return (
    <QueryView<LetterDetail> path={apiPath('dead-letters', id)} what="the letter" everyMs={() => EVERY_MS}>
      {(detail) => <LetterView detail={detail} />}
    </QueryView>
  );
}

function LetterView({ detail }: { readonly detail: LetterDetail }): ReactElement {
  const { letter, headers, type, value, problem, bytes } = detail;
  const [tone, state] = STATES[letter.state];
  return (
    <>
      <PageHead
        title={letter.key === '' ? `Letter ${letter.id}` : letter.key}
        lead={
          <>
            Letter {letter.id} of <Link to={`/dead-letters/causes/${letter.groupId}`}>its cause</Link>, parked{' '}
            <Ago at={letter.parkedAt} />
          </>
        }
      >
        <Badge tone={tone}>{state}</Badge>
        <LetterClass kind={letter.kind} />
        {letter.state === 'open' && <Acts letter={letter} />}
      </PageHead>
      <div className="stack">
        <SendingNotice />
        <Notice tone="danger">
          <strong>{letter.reason}</strong>
          <p className="muted mono">{letter.code}</p>
        </Notice>
        {letter.heldBehind !== null && (
          <Notice tone="warn">It waits behind the message at offset {letter.heldBehind}: settle that one first.</Notice>
        )}
        <Facts letter={letter} />
        {problem !== null && <Notice tone="warn">The value can’t be read, and so not be edited: {problem}</Notice>}
        {value !== null && letter.state === 'open' && letter.heldBehind === null && (
          <LetterEdit id={letter.id} value={value} />
        )}
        <Panel title="Message">
          <div className="stack">
            {type !== null && (
              <p className="muted">
                <span className="mono">{type}</span>, {grouped(bytes)} bytes
              </p>
            )}
            {value !== null && <Json label="Value" value={value} />}
            <Headers headers={headers} />
          </div>
        </Panel>
      </div>
    </>
  );
}

function Facts({ letter }: { readonly letter: LetterReport }): ReactElement {
  const { consumer, origin, attempts, note, decidedBy, isEdited } = letter;
  return (
    <Panel title="Where it comes from" end={<Note letter={letter} />}>
      <dl className="facts-list">
        <dt>Consumer</dt>
        <dd>{consumer}</dd>
        <dt>Topic</dt>
        <dd>
          <Link to={`/topics/${encodeURIComponent(origin.topic)}`}>{origin.topic}</Link>{' '}
          <span className="mono muted">
            {origin.partition}/{origin.offset}
          </span>
        </dd>
        <dt>Attempts</dt>
        <dd>
          {attempts}
          {isEdited && ', edited'}
        </dd>
        {decidedBy !== null && (
          <>
            <dt>Decided by</dt>
            <dd>{decidedBy}</dd>
          </>
        )}
        <dt>Note</dt>
        <dd>{note ?? '–'}</dd>
      </dl>
    </Panel>
  );
}

function Note({ letter: { id, note } }: { readonly letter: LetterReport }): ReactElement {
  const [text, setText] = useState(note ?? '');
  return (
    <ActDialog
      label="Note …"
      confirm="Keep"
      title="What is known of it?"
      needsReason={false}
      act={() => post(apiPath('dead-letters', id, 'note'), { note: text })}
    >
      <Field label="Note" rows={3} value={text} onChange={setText} />
    </ActDialog>
  );
}

function Acts({ letter: { id, heldBehind } }: { readonly letter: LetterReport }): ReactElement {
  return (
    <>
      <DiscardLetters label="Give up …" choice={{ ids: [id] }} count={1} />
      {heldBehind === null && <RetryLetters label="Retry …" choice={{ ids: [id] }} />}
    </>
  );
}
