import type { ReactElement, ReactNode } from 'react';
import { Link } from 'react-router';
import { useNow } from './use-now.js';
import { ago, utc } from './text.js';

/** What a colour says. */
export type Tone = 'ok' | 'warn' | 'danger' | 'accent' | 'plain';

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }): ReactElement {
  return (
    <span className="badge" data-tone={tone}>
      {children}
    </span>
  );
}

interface PanelProps {
  readonly title: string;
  readonly id?: string;
  readonly end?: ReactNode;
  readonly children: ReactNode;
  /** Without room around what is in it: for tables. */
  readonly flush?: boolean;
}

export function Panel({ title, id, end, children, flush }: PanelProps): ReactElement {
  return (
    <section className="panel" aria-label={title} id={id}>
      <div className="panel-head">
        <h2>{title}</h2>
        {end && <div className="end">{end}</div>}
      </div>
      {flush ? children : <div className="panel-body">{children}</div>}
    </section>
  );
}

interface PageHeadProps {
  readonly title: ReactNode;
  readonly lead?: ReactNode;
  readonly children?: ReactNode;
}

export function PageHead({ title, lead, children }: PageHeadProps): ReactElement {
  return (
    <div className="page-head">
      <div className="text">
        <h1>{title}</h1>
        {lead && <p className="lead">{lead}</p>}
      </div>
      {children && <div className="row">{children}</div>}
    </div>
  );
}

/** What is not there, and what to do about it. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactElement {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children}
    </div>
  );
}

interface NoticeProps {
  readonly tone: Tone;
  readonly children: ReactNode;
}

export function Notice({ tone, children }: NoticeProps): ReactElement {
  return (
    <div className="notice" data-tone={tone} role={tone === 'danger' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}

/** How long ago, kept up to date; the exact time on hover and for machines. */
export function Ago({ at }: { readonly at: string }): ReactElement {
  const nowMs = useNow();
  return (
    <time dateTime={at} title={utc(at)}>
      {ago(at, nowMs)}
    </time>
  );
}

/** A table that may be wider than the screen: then it can be moved, with the keyboard too. */
export function Scroll({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactElement {
  return (
    <div className="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

/** A link to a record; its key may hold anything. */
export function RecordLink({
  entity,
  recordKey,
}: {
  readonly entity: string;
  readonly recordKey: string;
}): ReactElement {
  return (
    <Link className="key" to={recordPath(entity, recordKey)}>
      {recordKey}
    </Link>
  );
}

export function recordPath(entity: string, key: string): string {
  return `/records/${encodeURIComponent(entity)}/${encodeURIComponent(key)}`;
}
