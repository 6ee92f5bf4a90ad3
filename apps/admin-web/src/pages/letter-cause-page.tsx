import type { ReactElement } from 'react';
import { Link, useParams } from 'react-router';
import type { LetterGroupReport, LetterReport } from '#contracts';
import { Ago, Badge, Empty, PageHead, Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { figures, Table } from '../ui/table.js';
import { counted, grouped } from '../ui/text.js';
import { LetterClass } from './dead-letters-page.js';
import { DiscardLetters, RetryLetters } from './retry-letters.js';
import { SendingNotice } from './sending-notice.js';

const EVERY_MS = 5_000;

/** Letters of one cause. */
export function LetterCausePage(): ReactElement {
  const { group = '' } = useParams();
  return (
    <QueryView<readonly LetterGroupReport[]> path="/api/dead-letters/groups" what="the cause" everyMs={() => EVERY_MS}>
      {(groups) => <Cause groupId={group} group={groups.find(({ groupId }) => groupId === group)} />}
    </QueryView>
  );
}

interface CauseProps {
  readonly groupId: string;
  readonly group: LetterGroupReport | undefined;
}

function Cause({ groupId, group }: CauseProps): ReactElement {
  if (!group)
    return (
      <>
        <PageHead title="Dead letters of one cause">
          <Link className="button" to="/dead-letters">
            All causes
          </Link>
        </PageHead>
        <div className="stack">
          <SendingNotice />
          <Panel title="Letters">
            <Empty title="No open letter of this cause.">All of them were sent once more, or given up.</Empty>
          </Panel>
        </div>
      </>
    );
  const { consumer, code, reason, kind, letters, held } = group;
  return (
    <>
      <PageHead
        title={reason === '' ? code : reason}
        lead={
          <>
            {consumer} could not handle {counted(letters, 'message')}: <span className="mono">{code}</span>
          </>
        }
      >
        <LetterClass kind={kind} />
        <DiscardLetters label="Give up all …" choice={{ group: groupId }} count={letters} />
        <RetryLetters label="Retry all …" choice={{ group: groupId }} />
      </PageHead>
      <div className="stack">
        <SendingNotice />
        {held > 0 && <p className="muted">{counted(held, 'letter')} wait behind another of their key.</p>}
        <QueryView<readonly LetterReport[]>
          path={`/api/dead-letters?group=${encodeURIComponent(groupId)}`}
          what="letters"
          everyMs={() => EVERY_MS}
        >
          {(found) => <Letters letters={found} of={letters} />}
        </QueryView>
      </div>
    </>
  );
}

function Letters({ letters, of }: { readonly letters: readonly LetterReport[]; readonly of: number }): ReactElement {
  const title = letters.length < of ? `The first ${grouped(letters.length)} of ${grouped(of)}` : counted(of, 'letter');
  return (
    <Panel title={title} flush>
      <Table label="Letters" heads={['Letter', 'Key', 'From', ...figures('Attempts'), 'Note', 'Parked']}>
        {letters.map((letter) => (
          <LetterRow key={letter.id} letter={letter} />
        ))}
      </Table>
    </Panel>
  );
}

function LetterRow({ letter }: { readonly letter: LetterReport }): ReactElement {
  const { id, key, origin, attempts, note, heldBehind, parkedAt } = letter;
  return (
    <tr>
      <th scope="row">
        <Link to={`/dead-letters/${encodeURIComponent(id)}`}>{id}</Link>
      </th>
      <td className="key mono">{key === '' ? '(no key)' : key}</td>
      <td className="key">
        {origin.topic}{' '}
        <span className="muted mono">
          {origin.partition}/{origin.offset}
        </span>
      </td>
      <td className="number">{grouped(attempts)}</td>
      <td className="key">
        {heldBehind !== null && <Badge tone="warn">waits behind {heldBehind}</Badge>} {note ?? ''}
      </td>
      <td>
        <Ago at={parkedAt} />
      </td>
    </tr>
  );
}
