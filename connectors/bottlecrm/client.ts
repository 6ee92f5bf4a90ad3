import { HubError, type Clock, type Logger } from '#kernel';
import { readText } from './read-text.js';
import { connectionError, refusalOf } from './answer-errors.js';
import type { CrmRequest } from './request.js';

/** Where the CRM is, and how long and how much it may answer. */
export interface CrmAddress {
  /** Origin and path below which `/api/` lies; without credentials. */
  readonly url: string;
  /** Personal access token. */
  readonly token: string;
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
}

export interface CrmClientContext {
  readonly address: CrmAddress;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Refuses every request but GET: the promise of mode `observe`. */
  readonly isReadOnly: boolean;
}

/** An answer that the caller must judge: 2xx, or a refusal of this very record (400, 404, 409). */
export interface CrmAnswer {
  readonly status: number;
  /** Parsed JSON; null for an empty body. */
  readonly body: unknown;
}

/** A silence longer than this ends the call: the host comes back later. */
const LONGEST_WAIT_MS = 10_000;
const DEFAULT_WAIT_MS = 1_000;
const MAX_AGAIN = 3;

/** The only code that speaks HTTP: the token, time-outs, size caps, the rate limit, and what each error means. */
export class CrmClient {
  private silentUntilMs = 0;

  constructor(private readonly context: CrmClientContext) {}

  /**
   * Sends a request. @throws HubError HUB_SOURCE_*; `details.sent` tells whether the CRM may have carried it out;
   * HUB_INVARIANT_BROKEN for a write in mode observe
   */
  async send(request: CrmRequest): Promise<CrmAnswer> {
    if (this.context.isReadOnly && request.method !== 'GET')
      throw new HubError('HUB_INVARIANT_BROKEN', 'A connection in mode observe was asked to write.');
    for (let again = 0; ; again += 1) {
      await this.keepSilence();
      const { status, text, retryAfter } = await this.ask(request);
      if (status === 429) this.noteLimit(retryAfter);
      if (status === 429 && again < MAX_AGAIN) continue;
      const refusal = refusalOf(request, status, this.withoutToken(text));
      if (refusal) throw refusal;
      return { status, body: this.parse(request, status, text) };
    }
  }

  private async ask({ method, path, query, body }: CrmRequest): Promise<{
    readonly status: number;
    readonly text: string;
    readonly retryAfter: string | null;
  }> {
    const { url, token, timeoutMs, maxAnswerBytes } = this.context.address;
    const target = `${url.replace(/\/$/, '')}${path}${query ? `?${new URLSearchParams(query).toString()}` : ''}`;
    try {
      const response = await fetch(target, {
        method,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token}`,
          // Its server closes idle connections after 2 s: a write that meets that would be of unknown outcome.
          connection: 'close',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // Followed, it would take the token to wherever it leads.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await readText(response, maxAnswerBytes);
      return { status: response.status, text, retryAfter: response.headers.get('retry-after') };
    } catch (error) {
      throw connectionError(error, { host: new URL(url).host, timeoutMs });
    }
  }

  /** Waits for the end of the silence that the CRM asked for. @throws HubError HUB_SOURCE_ERROR where that is long */
  private async keepSilence(): Promise<void> {
    const { clock, logger } = this.context;
    const waitMs = this.silentUntilMs - clock.nowMs();
    if (waitMs <= 0) return;
    if (waitMs > LONGEST_WAIT_MS)
      throw new HubError(
        'HUB_SOURCE_ERROR',
        `BottleCRM limits the rate of requests: it asks for ${Math.ceil(waitMs / 1_000)} s of silence.`,
        { retryAfterMs: waitMs, sent: false },
      );
    logger.warn({ waitMs }, 'BottleCRM limits the rate of requests: waiting');
    await clock.sleep(waitMs);
  }

  private noteLimit(retryAfter: string | null): void {
    const nowMs = this.context.clock.nowMs();
    const waitMs = retryAfter === null ? DEFAULT_WAIT_MS : toWaitMs(retryAfter, nowMs);
    this.silentUntilMs = Math.max(this.silentUntilMs, nowMs + waitMs);
  }

  private parse({ method, path }: CrmRequest, status: number, text: string): unknown {
    if (text === '') return null;
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      if (status >= 300) return null; // a refusal as a web page
      const message = `${method} ${path} is answered by no JSON: correct the url, it must lead to BottleCRM's API.`;
      throw new HubError('HUB_SOURCE_SCHEMA', message, { status, sent: true }, { cause });
    }
  }

  private withoutToken(text: string): string {
    return text.replaceAll(this.context.address.token, '***');
  }
}

/** `Retry-After` is a number of seconds or a date. */
function toWaitMs(retryAfter: string, nowMs: number): number {
  const seconds = Number(retryAfter);
  const waitMs = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(retryAfter) - nowMs;
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : DEFAULT_WAIT_MS;
}
