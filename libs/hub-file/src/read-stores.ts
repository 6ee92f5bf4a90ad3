import type { HubStore } from './hub-file.js';
import type { Place, YamlReader } from './yaml-reader.js';
import { readExpandedText, readPattern, readText } from './yaml-values.js';

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const SCHEMA = /^[A-Za-z_][A-Za-z0-9_]{0,57}$/;
/** The password of an address as it is written. */
const PASSWORD = /^[a-z]+:\/\/[^@/?#:]*:([^@/?#]*)@/;

/** PostgreSQL stores of teams that the page may seed, in the order of the file; nothing where the file has none. */
export function readStores(reader: YamlReader, place: Place | undefined): { readonly stores?: readonly HubStore[] } {
  const stores = place ? reader.entries(place).map(({ name, key, value }) => readStore(reader, name, key, value)) : [];
  return stores.length > 0 ? { stores } : {};
}

function readStore(reader: YamlReader, name: string, key: Place, place: Place): HubStore {
  if (!NAME.test(name))
    reader.report(
      key,
      `"${name}" can't be the name of a store.`,
      'Use up to 32 lower-case letters, digits and dashes.',
    );
  const found = reader.object(place, ['url', 'schema'], ['url']);
  return {
    name,
    url: found.url ? readUrl(reader, found.url) : '',
    schema: found.schema
      ? readPattern(reader, found.schema, SCHEMA, 'Write the name of a schema, for example shop.')
      : 'public',
  };
}

/** The address holds a password, so no problem repeats it. */
function readUrl(reader: YamlReader, place: Place): string {
  const password = PASSWORD.exec(readText(reader, place))?.[1] ?? '';
  if (password !== '' && !password.includes('${'))
    reader.report(
      place,
      'A password does not stand in the hub file.',
      'Write a reference: postgres://shop:${SHOP_STORE_PASSWORD}@host/shop.',
    );
  const text = readExpandedText(reader, place);
  const isKept = text.includes('${');
  if (!isKept && !(/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)))
    reader.report(place, 'This is no address of a PostgreSQL database.', 'Write for example ${SHOP_STORE_URL}.');
  return text;
}
