import { z } from 'zod';
import type { EntityTools } from './entity.js';
import { parseAnswer, parseRows } from './rows.js';

/** Texts by row id and language. */
export type Translations = ReadonlyMap<number, Readonly<Record<string, string>>>;

const rowSchema = z.object({ id: z.int(), res_id: z.int(), lang: z.string(), value: z.string().nullable() });

/**
 * Texts in the mapped languages. Read from where they are kept, for two reasons: a row read *in* a language shows the base
 * text where it has none of its own; and Tryton serves a row's texts from a cache that the writes of its other processes
 * reach minutes later, together with the row's new time (8.2.1, `clean_timeout`). A text that Tryton marked fuzzy, because
 * its base text changed, counts: it is still what someone wrote.
 */
export async function readTranslations(
  { client, language, languages }: EntityTools,
  field: string,
  ids: readonly number[],
): Promise<Translations> {
  const texts = new Map<number, Record<string, string>>();
  if (ids.length === 0) return texts;
  const domain = [
    ['type', '=', 'model'],
    ['name', '=', field],
    ['lang', 'in', [language, ...languages]],
    ['res_id', 'in', ids],
  ];
  const fields = ['res_id', 'lang', 'value'];
  const found = await client.call('model.ir.translation.search_read', [domain, 0, null, [['id', 'ASC']], fields]);
  for (const raw of parseRows('ir.translation', found)) {
    const { res_id: id, lang, value } = parseAnswer(rowSchema, raw, 'ir.translation');
    if (value === null || value === '') continue;
    texts.set(id, { ...texts.get(id), [lang]: value });
  }
  return texts;
}
