import { HubError } from '#kernel';
import { z } from 'zod';
import { toExternalId, type EntityTools, type UnreadableRow } from './entity.js';

/** Which rows to read, and which fields of them. */
export interface RowSelection {
  readonly model: string;
  readonly ids: readonly number[];
  readonly fields: readonly string[];
}

/** Rows that fit their schema, and those that don't, by their id. */
export interface ReadRows<Row> {
  readonly rows: readonly Row[];
  readonly unreadable: readonly UnreadableRow[];
}

const anyRowsSchema = z.array(z.looseObject({ id: z.int() }));
/** Ids in one call. */
const SLICE = 500;

/**
 * Reads rows by id, those of inactive records too, in one transaction of Tryton per 500. Rows that do not exist are
 * missing. One that does not fit its schema is named with the reason, and the others go on.
 */
export async function readRows<Row>(
  { client, language }: { readonly client: Pick<EntityTools['client'], 'call'>; readonly language: string },
  { model, ids, fields }: RowSelection,
  schema: z.ZodType<Row>,
): Promise<ReadRows<Row>> {
  const rows: Row[] = [];
  const unreadable: UnreadableRow[] = [];
  for (let start = 0; start < ids.length; start += SLICE) {
    const domain = [['id', 'in', ids.slice(start, start + SLICE)]];
    const found = await client.call(`model.${model}.search_read`, [domain, 0, null, [['id', 'ASC']], fields], {
      language,
      active_test: false,
    });
    for (const raw of parseRows(model, found)) {
      const parsed = schema.safeParse(raw);
      if (parsed.success) rows.push(parsed.data);
      else unreadable.push({ externalId: toExternalId(raw.id), reason: describeIssues(parsed.error) });
    }
  }
  return { rows, unreadable };
}

/** An answer, or a part of one, in the form that we know. @throws HubError HUB_SOURCE_ERROR */
export function parseAnswer<T>(schema: z.ZodType<T>, answer: unknown, model: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const message = `Tryton answered something about ${model} in an unknown form.`;
  throw new HubError('HUB_SOURCE_ERROR', message, { model }, { cause: parsed.error });
}

/** Rows of an answer, each with its id. @throws HubError HUB_SOURCE_ERROR for an answer that is no list of rows */
export function parseRows(
  model: string,
  answer: unknown,
): readonly { readonly id: number; readonly [field: string]: unknown }[] {
  return parseAnswer(anyRowsSchema, answer, model);
}

function describeIssues({ issues }: z.ZodError): string {
  const [first] = issues;
  return `Tryton's answer does not fit: ${first?.path.join('.') ?? ''} ${first?.message ?? ''}`.slice(0, 300);
}
