import { HubError } from '#kernel';
import { z } from 'zod';
import { callFailure, postJson, statusFailure, type CallFailure, type HttpAnswer } from './http.js';
import { Session, type CallContext, type TrytonClientOptions } from './session.js';

/** What became of a call that writes. */
export type WriteAnswer =
  | { readonly kind: 'done'; readonly result: unknown }
  /** A record that the call was to write has moved since it was read. */
  | { readonly kind: 'moved' }
  /** Tryton refuses the values, and says why. */
  | { readonly kind: 'refused'; readonly reason: string };

const envelopeSchema = z.union([
  z.object({ result: z.unknown(), error: z.undefined().optional() }),
  z.object({ error: z.tuple([z.string(), z.unknown()]).rest(z.unknown()) }),
]);
const versionSchema = z.object({ result: z.string() });
const argumentsSchema = z.union([z.string(), z.array(z.unknown())]);
const VERSION_CALL = { method: 'common.server.version', params: [] };
/** What a KeyError of Python prints: a model or field that this server does not have. */
const UNKNOWN_NAME = /^'([\w.]+)'$/;

/** JSON-RPC to one database; the only code that speaks to Tryton. Renews its session by itself. */
export class TrytonClient {
  private readonly session: Session;
  private readonly url: string;

  constructor(private readonly options: TrytonClientOptions) {
    this.url = `${options.origin}/${encodeURIComponent(options.database)}/rpc/`;
    this.session = new Session(options, this.url);
  }

  /** The server's series, such as `8.2`; needs no login. */
  async version(): Promise<string> {
    const answer = await postJson({ ...this.options, url: `${this.options.origin}/rpc/`, body: VERSION_CALL });
    if (answer.status !== 200) throw statusFailure(answer.status);
    const parsed = versionSchema.safeParse(answer.body);
    if (parsed.success) return parsed.data.result;
    throw new HubError('HUB_SOURCE_ERROR', 'What answers there is no Tryton: it does not tell its version.');
  }

  /** What the server's clock says, in whole seconds: the time that it puts on its answers. */
  async serverTimeMs(): Promise<number> {
    const answer = await postJson({ ...this.options, url: `${this.options.origin}/rpc/`, body: VERSION_CALL });
    if (answer.status !== 200) throw statusFailure(answer.status);
    if (answer.dateMs !== null) return answer.dateMs;
    throw new HubError('HUB_SOURCE_ERROR', 'Tryton, or what stands before it, answers without a Date header.');
  }

  /** The user's preferences: its company, and what else calls take as their context. */
  preferences(): Promise<CallContext> {
    return this.session.preferences();
  }

  /**
   * Reads. `params` without the context, which is always the last one.
   * @throws HubError HUB_SOURCE_*
   */
  async call(method: string, params: readonly unknown[], context: CallContext = {}): Promise<unknown> {
    const answer = await this.send(method, params, context);
    const failure = readFailure(answer);
    if (failure === null) return readResult(answer);
    throw toReadError(failure);
  }

  /** Writes, in one transaction of Tryton. @throws HubError HUB_SOURCE_*; then its outcome may be unknown */
  async write(method: string, params: readonly unknown[], context: CallContext): Promise<WriteAnswer> {
    if (this.options.readOnly) throw new HubError('HUB_INVARIANT_BROKEN', 'In mode observe Tryton is not written.');
    const answer = await this.send(method, params, context);
    const failure = readFailure(answer);
    if (failure === null) return { kind: 'done', result: readResult(answer) };
    if (failure.type === 'ConcurrencyException') return { kind: 'moved' };
    if (failure.type === 'UserError') return { kind: 'refused', reason: failure.message };
    if (failure.type === 'UserWarning')
      return { kind: 'refused', reason: `Tryton wants a person to confirm: ${failure.message}` };
    throw callFailure(failure);
  }

  private async send(method: string, params: readonly unknown[], context: CallContext): Promise<HttpAnswer> {
    for (let attempt = 0; ; attempt += 1) {
      const { header, preferences } = await this.session.open();
      const body = { method, params: [...params, { ...preferences, ...context }] };
      const answer = await postJson({ ...this.options, url: this.url, body, authorization: header });
      if (answer.status === 200) return answer;
      // A session ends after a while, or with the server. A second refusal in a row is no matter of time.
      if (answer.status !== 401 || attempt > 0) throw statusFailure(answer.status);
      this.session.forget(header);
    }
  }
}

function readFailure({ body }: HttpAnswer): CallFailure | null {
  const envelope = envelopeSchema.safeParse(body);
  if (!envelope.success)
    throw new HubError('HUB_SOURCE_ERROR', 'Tryton answered something that is no JSON-RPC answer.');
  if (!('error' in envelope.data) || envelope.data.error === undefined) return null;
  const [type, rest] = envelope.data.error;
  const parsed = argumentsSchema.safeParse(rest);
  const first = parsed.success ? [parsed.data].flat()[0] : '';
  return { type, message: typeof first === 'string' ? first.slice(0, 500) : '' };
}

function readResult({ body }: HttpAnswer): unknown {
  return (body as { readonly result?: unknown }).result;
}

function toReadError(failure: CallFailure): HubError {
  // Who may not read learns it by a UserError; a read has no values that could be wrong.
  if (failure.type === 'UserError')
    return new HubError('HUB_SOURCE_UNAUTHORISED', `Tryton refuses to read: ${failure.message}`);
  const name = UNKNOWN_NAME.exec(failure.type)?.[1];
  if (name === undefined) return callFailure(failure);
  return new HubError('HUB_SOURCE_SCHEMA', `This Tryton does not know "${name}": is its module activated?`);
}
