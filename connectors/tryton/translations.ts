import { z } from 'zod';
import type { EntityTools } from './entity.js';
import { parseRows } from './rows.js';

/** Texts by row id and language. */
export type Translations = ReadonlyMap<number, Readonly<Record<string, string>>>;

const rowSchema = z.object({ id: z.int(), res_id: z.int(), lang: z.string(), value: z.string().nullable() });

/**
 * Texts in the mapped languages besides the base one. Read from where they are kept, since a row read *in* a language
 * shows the base text where it has none of its own. A text that Tryton marked fuzzy, because its base text changed, counts:
 * it is still what someone wrote.
 */
export async function readTranslations(
  { client, languages }: EntityTools,
  field: string,
  ids: readonly number[],
): Promise<Translations> {
  const texts = new Map<number, Record<string, string>>();
  if (languages.length === 0 || ids.length === 0) return texts;
  const domain = [
    ['type', '=', 'model'],
    ['name', '=', field],
    ['lang', 'in', languages],
    ['res_id', 'in', ids],
  ];
  const fields = ['res_id', 'lang', 'value'];
  const found = await client.call('model.ir.translation.search_read', [domain, 0, null, [['id', 'ASC']], fields]);
  for (const raw of parseRows('ir.translation', found)) {
    const { res_id: id, lang, value } = rowSchema.parse(raw);
    if (value === null || value === '') continue;
    texts.set(id, { ...texts.get(id), [lang]: value });
  }
  return texts;
}
