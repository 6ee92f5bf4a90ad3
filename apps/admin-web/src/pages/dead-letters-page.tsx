import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { LetterGroupReport, LetterKind } from '#contracts';
import { Ago, Badge, Empty, PageHead, Panel, type Tone } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { buttons, figures, Table } from '../ui/table.js';
import { counted, grouped } from '../ui/text.js';
import { RetryLetters } from './retry-letters.js';
import { SendingNotice } from './sending-notice.js';

const EVERY_MS = 5_000;

const KINDS: Readonly<Record<LetterKind, readonly [Tone, string]>> = {
  transient: ['warn', 'may work now'],
  permanent: ['danger', 'needs an edit'],
  unknown: ['plain', 'nobody knows'],
};

/** Messages that consumers could not handle, by cause. */
export function DeadLettersPage(): ReactElement {
  return (
    <>
      <PageHead
        title="Dead letters"
        lead="Messages that a consumer could not handle were set aside, and it went on. Settle the cause, then hand them to it once more; nobody else gets them."
      />
      <div className="stack">
        <SendingNotice />
        <QueryView<readonly LetterGroupReport[]>
          path="/api/dead-letters/groups"
          what="dead letters"
          everyMs={() => EVERY_MS}
        >
          {(groups) => <Causes groups={groups} />}
        </QueryView>
      </div>
    </>
  );
}

function Causes({ groups }: { readonly groups: readonly LetterGroupReport[] }): ReactElement {
  const letters = groups.reduce((sum, group) => sum + group.letters, 0);
  if (groups.length === 0)
    return (
      <Panel title="Causes">
        <Empty title="No open dead letter.">Every message was handled, or somebody has decided about it.</Empty>
      </Panel>
    );
  return (
    <Panel
      title={`${counted(letters, 'letter')} by ${counted(groups.length, 'cause')}`}
      flush
      end={<RetryLetters label="Retry all …" choice={{ all: true }} />}
    >
      <Table
        label="Causes"
        heads={['Cause', 'Consumer', 'Class', ...figures('Letters', 'Waiting'), 'Last', buttons('Retry')]}
      >
        {groups.map((group) => (
          <CauseRow key={group.groupId} group={group} />
        ))}
      </Table>
    </Panel>
  );
}

function CauseRow({ group }: { readonly group: LetterGroupReport }): ReactElement {
  const { groupId, consumer, code, reason, kind, letters, held, lastAt } = group;
  return (
    <tr>
      <th scope="row" className="key">
        <Link to={`/dead-letters/causes/${encodeURIComponent(groupId)}`}>{reason === '' ? code : reason}</Link>{' '}
        <span className="muted mono">{code}</span>
      </th>
      <td className="key">{consumer}</td>
      <td>
        <LetterClass kind={kind} />
      </td>
      <td className="number">{grouped(letters)}</td>
      <td className="number">{grouped(held)}</td>
      <td>
        <Ago at={lastAt} />
      </td>
      <td>
        <RetryLetters label="Retry …" choice={{ group: groupId }} />
      </td>
    </tr>
  );
}

/** Whether trying again can help. */
export function LetterClass({ kind }: { readonly kind: LetterKind }): ReactElement {
  const [tone, text] = KINDS[kind];
  return <Badge tone={tone}>{text}</Badge>;
}
