import { HubError } from '#kernel';
import { z, type ZodType } from 'zod';
import { reasonOf } from './answer-errors.js';
import type { CrmAnswer, CrmClient } from './client.js';
import type { CrmRequest } from './request.js';

/** A row of a list: whatever it holds besides, it has an id, by which lists are ordered. */
export type Row = Readonly<Record<string, unknown>> & { readonly id: string };

/** So many rows of a list from an offset on, by descending id; one statement of the CRM's database. */
export interface ListWindow {
  readonly rows: readonly Row[];
  /** Rows of the whole list, counted a moment later. */
  readonly count: number;
}

/** Accounts that are in use, and those that were closed; the CRM keeps them in two lists. */
export type ListName = 'active' | 'closed';

/** What became of a write request. */
export type Written =
  | { readonly kind: 'done'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'gone' };

/** The newest version whose answers this connector was tested with; the API itself tells none. */
export const TESTED_VERSION = '1.35.0';

const ACCOUNTS = '/api/accounts/';
const FOUND_AT_MOST = 100;
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const rows = z.array(z.looseObject({ id: z.string().regex(UUID) }));
const listSchema = z.looseObject({
  active_accounts: z.looseObject({ open_accounts: rows, open_accounts_count: z.int() }),
  closed_accounts: z.looseObject({ close_accounts: rows, close_accounts_count: z.int() }),
});
const detailSchema = z.looseObject({ account_obj: rows.element });
const createdSchema = z.looseObject({ id: z.string().regex(UUID) });
const profileSchema = z.looseObject({ user_obj: z.looseObject({ role: z.string() }) });
const definitionSchema = z.looseObject({
  key: z.string(),
  target_model: z.string(),
  field_type: z.string(),
  is_active: z.boolean(),
});
const definitionsSchema = z.looseObject({ definitions: z.array(definitionSchema) });

/** A custom field as the organisation defined it. */
export type CustomField = z.infer<typeof definitionSchema>;

/** The requests that this connector makes, their answers checked. @throws HubError as {@link CrmClient.send} */
export class AccountsApi {
  constructor(private readonly client: CrmClient) {}

  async window(list: ListName, offset: number, limit: number): Promise<ListWindow> {
    const query = { is_active: String(list === 'active'), offset: String(offset), limit: String(limit) };
    const lists = await this.list(query);
    return lists[list];
  }

  /** Accounts of either list whose custom field holds this very text. */
  async findByCustomField(field: string, text: string): Promise<readonly Row[]> {
    const { active, closed } = await this.list({ [`cf_${field}`]: text, limit: String(FOUND_AT_MOST) });
    return [...active.rows, ...closed.rows];
  }

  /** The account, or null where there is none of this id. */
  async find(id: string): Promise<Row | null> {
    const request: CrmRequest = { method: 'GET', path: `${ACCOUNTS}${encodeURIComponent(id)}/` };
    const answer = await this.client.send(request);
    return answer.status === 404 ? null : parse(detailSchema, request, answer).account_obj;
  }

  create(body: unknown): Promise<Written> {
    return this.write({ method: 'POST', path: ACCOUNTS, body });
  }

  update(id: string, body: unknown): Promise<Written> {
    return this.write({ method: 'PATCH', path: `${ACCOUNTS}${id}/`, body });
  }

  delete(id: string): Promise<Written> {
    return this.write({ method: 'DELETE', path: `${ACCOUNTS}${id}/` });
  }

  /** Whether the token's owner sees every account: one who is no administrator sees those of his own. */
  async seesAll(): Promise<boolean> {
    const request: CrmRequest = { method: 'GET', path: '/api/profile/' };
    return parse(profileSchema, request, await this.client.send(request)).user_obj.role === 'ADMIN';
  }

  async customFields(): Promise<readonly CustomField[]> {
    const query = { target_model: 'Account', include_counts: 'false' };
    const request: CrmRequest = { method: 'GET', path: '/api/custom-fields/', query };
    return parse(definitionsSchema, request, await this.client.send(request)).definitions;
  }

  private async list(query: Readonly<Record<string, string>>): Promise<Readonly<Record<ListName, ListWindow>>> {
    const request: CrmRequest = { method: 'GET', path: ACCOUNTS, query };
    const { active_accounts: active, closed_accounts: closed } = parse(
      listSchema,
      request,
      await this.client.send(request),
    );
    return {
      active: { rows: active.open_accounts, count: active.open_accounts_count },
      closed: { rows: closed.close_accounts, count: closed.close_accounts_count },
    };
  }

  private async write(request: CrmRequest): Promise<Written> {
    const { status, body } = await this.client.send(request);
    if (status === 404) return { kind: 'gone' };
    return status < 300 ? { kind: 'done', body } : { kind: 'refused', reason: reasonOf(body) };
  }
}

/** Id of the account that a create made. */
export function createdId(body: unknown): string {
  return parse(createdSchema, { method: 'POST', path: ACCOUNTS }, { status: 200, body }).id;
}

function parse<T>(schema: ZodType<T>, { method, path }: CrmRequest, { status, body }: CrmAnswer): T {
  const parsed = schema.safeParse(body);
  if (status < 300 && parsed.success) return parsed.data;
  const where = parsed.error?.issues[0]?.path.join('.') ?? '';
  const message = `${method} ${path} is answered (${status}) in another form${where ? ` at "${where}"` : ''}: use BottleCRM ${TESTED_VERSION}, or correct the url.`;
  throw new HubError('HUB_SOURCE_SCHEMA', message, { status, sent: true });
}
