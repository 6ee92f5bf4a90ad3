import { AsyncLocalStorage } from 'node:async_hooks';

/** Traces of what is being done, by the subject of the events that it may cause. */
type TraceOf = (subject: string) => string | undefined;

const storage = new AsyncLocalStorage<TraceOf>();
/** Version, trace id, parent id, flags. Version ff and ids of zeros are not allowed. */
const TRACE_PARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Runs `work` for a request: events written because of it name the request's trace, also after awaits. A header that is
 * no trace is ignored.
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function withTraceParent<T>(header: string | undefined, work: () => T): T {
  return header !== undefined && TRACE_PARENT.test(header) ? storage.run(() => header, work) : work();
}

/** The same for a page of messages, each with a trace of its own, by the subject of the events that it may cause. */
export function withTraceParents<T>(bySubject: ReadonlyMap<string, string | undefined>, work: () => T): T {
  const valid = new Map([...bySubject].filter(([, header]) => header !== undefined && TRACE_PARENT.test(header)));
  return valid.size > 0 ? storage.run((subject) => valid.get(subject), work) : work();
}

/** The trace that an event with this subject belongs to, as a W3C `traceparent`; undefined for none. */
export function traceParentOf(subject: string): string | undefined {
  return storage.getStore()?.(subject);
}
