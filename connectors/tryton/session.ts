import { HubError } from '#kernel';
import { z } from 'zod';
import { postJson, statusFailure, type HttpAnswer } from './http.js';

/** How to reach one database of a Tryton server. */
export interface TrytonClientOptions {
  /** Origin, without credentials and path. */
  readonly origin: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly timeoutMs: number;
  /** No write leaves this client: the promise of mode `observe`. */
  readonly readOnly: boolean;
}

/** A call's context, on top of the user's preferences. */
export type CallContext = Readonly<Record<string, unknown>>;

/** A session of Tryton: what proves it, and the preferences of its user. */
export interface OpenSession {
  readonly header: string;
  readonly preferences: CallContext;
}

const loginSchema = z.object({ result: z.tuple([z.int(), z.string()]).rest(z.unknown()) });
const preferencesSchema = z.object({
  result: z.looseObject({
    company: z.int().nullish(),
    companies: z.array(z.int()).optional(),
    employee: z.int().nullish(),
  }),
});

/** Logs in at first use and after {@link forget}; calls at the same time share one login. */
export class Session {
  private current: Promise<OpenSession> | null = null;
  private header = '';

  constructor(
    private readonly options: TrytonClientOptions,
    private readonly url: string,
  ) {}

  open(): Promise<OpenSession> {
    this.current ??= this.logIn().catch((error: unknown) => {
      this.current = null;
      throw error;
    });
    return this.current;
  }

  async preferences(): Promise<CallContext> {
    return (await this.open()).preferences;
  }

  /** The session of this header has ended; a newer one stays. */
  forget(header: string): void {
    if (this.header === header) this.current = null;
  }

  private async logIn(): Promise<OpenSession> {
    const { user, password } = this.options;
    const login = await this.post({ method: 'common.db.login', params: [user, { password }, 'en'] });
    const [userId, token] = this.parse(loginSchema, login).result;
    const header = `Session ${Buffer.from(`${user}:${userId}:${token}`).toString('base64')}`;
    const preferences = await this.post({ method: 'model.res.user.get_preferences', params: [true, {}] }, header);
    const { company, companies, employee } = this.parse(preferencesSchema, preferences).result;
    this.header = header;
    return { header, preferences: { company, companies, employee } };
  }

  private async post(
    body: { readonly method: string; readonly params: readonly unknown[] },
    authorization?: string,
  ): Promise<HttpAnswer> {
    const request = { url: this.url, body, timeoutMs: this.options.timeoutMs };
    const answer = await postJson(authorization === undefined ? request : { ...request, authorization });
    if (answer.status === 200) return answer;
    if (answer.status !== 401) throw statusFailure(answer.status);
    const message = `Tryton refuses the password of "${this.options.user}", or has no database "${this.options.database}".`;
    throw new HubError('HUB_SOURCE_UNAUTHORISED', message);
  }

  private parse<T>(schema: z.ZodType<T>, { body }: HttpAnswer): T {
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    throw new HubError('HUB_SOURCE_ERROR', 'Tryton answered the login in a form that this connector does not know.');
  }
}
