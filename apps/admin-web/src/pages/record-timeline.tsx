import type { ReactElement, ReactNode } from 'react';
import { Link } from 'react-router';
import type { TimelineEntry, TimelineReport } from '#contracts';
import { apiPath } from '../api/client.js';
import { Ago, Badge, Empty, Notice, Panel, type Tone } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { counted, grouped, shownField, took, utcMs } from '../ui/text.js';
import { messagePath, searchPath } from '../ui/paths.js';

const EVERY_MS = 15_000;

const KINDS: Readonly<Record<TimelineEntry['kind'], readonly [string, Tone]>> = {
  change: ['changed', 'accent'],
  version: ['new version', 'ok'],
  answer: ['told again', 'plain'],
  write: ['written', 'accent'],
  drift: ['drift', 'warn'],
  check: ['checked', 'ok'],
  'dead-letter': ['set aside', 'danger'],
  other: ['record', 'plain'],
};

interface RecordTimelineProps {
  readonly entity: string;
  readonly recordKey: string;
}

/** Everything that happened to a record: external change, event, golden version, external write and its answer, checks. */
export function RecordTimeline({ entity, recordKey }: RecordTimelineProps): ReactElement {
  const path = apiPath('records', entity, recordKey, 'timeline');
  return (
    <QueryView<TimelineReport> path={path} what="what happened" everyMs={() => EVERY_MS}>
      {(report) => <TimelineView report={report} />}
    </QueryView>
  );
}

function TimelineView({ report }: { readonly report: TimelineReport }): ReactElement {
  const { entity, entries } = report;
  return (
    <div className="stack">
      <Incomplete report={report} />
      <Panel
        title={`Timeline: ${counted(entries.length, 'step')}`}
        end={<span className="muted">newest first</span>}
        flush
      >
        {entries.length === 0 ? (
          <Empty title="Nothing has happened to it yet.">Its first change shows here when a system tells it.</Empty>
        ) : (
          <ol className="timeline">
            {[...entries].reverse().map((entry, index) => (
              <Step key={entries.length - index} entry={entry} entity={entity} />
            ))}
          </ol>
        )}
      </Panel>
    </div>
  );
}

/** What the list lacks, and why. */
function Incomplete({ report: { silent, lag, isCut, endsAt } }: { readonly report: TimelineReport }): ReactElement {
  return (
    <>
      {silent.map((service) => (
        <Notice tone="warn" key={service}>
          {service === 'reconciler'
            ? 'The reconciler does not answer: checks that found nothing are missing.'
            : `The connector of ${service} does not answer: its writes are missing.`}
        </Notice>
      ))}
      {lag > 0 && (
        <Notice tone="accent">
          {counted(lag, 'record')} of the topics {lag === 1 ? 'is' : 'are'} not indexed yet: what is newest may be
          missing. Ends of the topics seen <Ago at={endsAt} />.
        </Notice>
      )}
      {isCut && <Notice tone="warn">Only the newest records are listed; older ones are in the topics.</Notice>}
    </>
  );
}

function Step({ entry, entity }: { readonly entry: TimelineEntry; readonly entity: string }): ReactElement {
  const { at, kind, system, what, isReadable } = entry;
  const [label, tone] = KINDS[kind];
  return (
    <li>
      <div className="when">
        <time dateTime={at}>{utcMs(at)}</time>
        <div>
          <Ago at={at} />
        </div>
      </div>
      <div>
        <div className="row">
          <Badge tone={tone}>{label}</Badge>
          <strong>{system}</strong> <span className="change">{what}</span>
          {!isReadable && <Badge tone="plain">no longer readable</Badge>}
        </div>
        <Changes entry={entry} entity={entity} />
        <div className="links muted">{linksOf(entry)}</div>
      </div>
    </li>
  );
}

function Changes({
  entry: { changes },
  entity,
}: {
  readonly entry: TimelineEntry;
  readonly entity: string;
}): ReactElement {
  return (
    <>
      {Object.entries(changes).map(([name, { before, after }]) => (
        <div className="change" key={name}>
          <strong>{name}</strong> <span className="muted">{shownField(entity, name, before)} →</span>{' '}
          {shownField(entity, name, after)}
        </div>
      ))}
    </>
  );
}

/** How long it took, and where each part of it can be seen. */
function linksOf({ at, kind, latencyMs, answeredAt, place, round, batch, eventId, traceId }: TimelineEntry): ReactNode {
  return (
    <>
      {latencyMs !== null && (
        <span>
          {took(latencyMs)} after {kind === 'change' ? 'it was read' : 'its cause'}
        </span>
      )}
      {answeredAt !== null && <span>answered after {took(Date.parse(answeredAt) - Date.parse(at))}</span>}
      {place !== null && (
        <Link to={messagePath(place)}>
          message {place.partition}/{grouped(place.offset)}
        </Link>
      )}
      {round !== null && <Link to={`/drift/${encodeURIComponent(round)}`}>round</Link>}
      {batch !== null && <Link to={`/reverts?batch=${encodeURIComponent(batch)}`}>batch</Link>}
      {eventId !== null && (
        <Link className="key mono" to={searchPath(eventId)}>
          {eventId}
        </Link>
      )}
      {traceId !== null && (
        <Link className="key mono" to={searchPath(traceId)}>
          trace {traceId.slice(0, 8)}…
        </Link>
      )}
    </>
  );
}
