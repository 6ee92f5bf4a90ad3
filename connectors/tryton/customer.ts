import { z } from 'zod';
import { CustomerWriter } from './customer-writer.js';
import {
  parseExternalId,
  toExternalId,
  type EntityTools,
  type TrytonEntity,
  type TrytonRecord,
  type TrytonRecords,
} from './entity.js';
import { parseRows, readRows } from './rows.js';
import { latest, timestampsOf, toVersion } from './versions.js';
import { timeSchema } from './wire.js';

const FIELDS = [
  'code',
  'name',
  '_timestamp',
  'last_modified_at',
  'addresses.street',
  'addresses.postal_code',
  'addresses.city',
  'addresses.country.code',
  'addresses._timestamp',
  'contact_mechanisms.type',
  'contact_mechanisms.value',
  'contact_mechanisms._timestamp',
  'identifiers.type',
  'identifiers.code',
  'identifiers._timestamp',
];
const COLUMNS = ['code', 'name', 'email', 'phone', 'street', 'postcode', 'city', 'country', 'vatId'];

const partSchema = z.object({ id: z.int(), _timestamp: z.string() });
const rowSchema = partSchema.extend({
  code: z.string().nullable(),
  name: z.string().nullable(),
  last_modified_at: timeSchema,
  'addresses.': z.array(
    partSchema.extend({
      street: z.string().nullable(),
      postal_code: z.string().nullable(),
      city: z.string().nullable(),
      'country.': z.object({ code: z.string().nullable() }).nullable(),
    }),
  ),
  'contact_mechanisms.': z.array(partSchema.extend({ type: z.string(), value: z.string() })),
  'identifiers.': z.array(partSchema.extend({ type: z.string().nullable(), code: z.string() })),
});
type PartyRow = z.infer<typeof rowSchema>;

/** Customers: all parties but the own companies, with their first address, first e-mail and telephone, and their VAT number. */
export function customerEntity(tools: EntityTools): TrytonEntity {
  return {
    rootModel: 'party.party',
    columns: new Map(COLUMNS.map((name) => [name, true])),
    languages: [],
    sources: [
      { model: 'party.party', root: 'id', domain: [], isRoot: true },
      { model: 'party.address', root: 'party', domain: [], isRoot: false },
      { model: 'party.contact_mechanism', root: 'party', domain: [], isRoot: false },
      { model: 'party.identifier', root: 'party', domain: [], isRoot: false },
    ],
    deletes: [{ model: 'party.party', rootsOf: async (ids) => ids }],
    read: (roots) => readParties(tools, roots),
    findRoots: (codes) => findParties(tools, codes),
    rootOf: parseExternalId,
    externalIdsOf: async (roots) => roots.map(toExternalId),
    writer: new CustomerWriter(tools),
  };
}

async function readParties(tools: EntityTools, roots: readonly number[]): Promise<TrytonRecords> {
  const own = await findOwnParties(tools);
  const ids = roots.filter((root) => !own.has(root));
  const { rows, unreadable } = await readRows(tools, { model: 'party.party', ids, fields: FIELDS }, rowSchema);
  return { records: rows.map(toCustomerRecord), unreadable, excluded: [...own] };
}

/** Parties that stand for the companies of this Tryton: nobody's customers. */
async function findOwnParties({ client }: EntityTools): Promise<ReadonlySet<number>> {
  const params = [[], 0, null, [['id', 'ASC']], ['party']];
  const found = await client.call('model.company.company.search_read', params);
  return new Set(parseRows('company.company', found).map(({ party }) => Number(party)));
}

async function findParties({ client }: EntityTools, codes: readonly string[]): Promise<readonly number[]> {
  const wanted = codes.filter((code) => code !== '');
  if (wanted.length === 0) return [];
  const params = [[['code', 'in', wanted]], 0, null, [['id', 'ASC']], ['id']];
  const found = await client.call('model.party.party.search_read', params, { active_test: false });
  return parseRows('party.party', found).map(({ id }) => id);
}

/** The flat record of a party: of several parts of a kind the first counts. */
function toCustomerRecord(row: PartyRow): TrytonRecord {
  const [address = null] = row['addresses.'];
  const mechanism = (...types: string[]): { id: number; value: string } | null =>
    row['contact_mechanisms.'].find(({ type }) => types.includes(type)) ?? null;
  const [email, phone] = [mechanism('email'), mechanism('phone', 'mobile')];
  const vat = row['identifiers.'].find(({ type }) => type === 'eu_vat') ?? null;
  const valueOf = (part: { value: string } | null): string | null => (part === null ? null : part.value);
  const idOf = (part: { id: number } | null): number | null => (part === null ? null : part.id);
  return {
    externalId: toExternalId(row.id),
    root: row.id,
    raw: {
      code: row.code,
      name: row.name,
      email: valueOf(email),
      phone: valueOf(phone),
      ...toAddressColumns(address),
      vatId: vat === null ? null : vat.code,
    },
    version: toVersion([row], [...row['addresses.'], ...row['contact_mechanisms.'], ...row['identifiers.']]),
    changedAt: latest([row.last_modified_at]),
    timestamps: {
      ...timestampsOf('party.party', [row]),
      ...timestampsOf('party.address', row['addresses.']),
      ...timestampsOf('party.contact_mechanism', row['contact_mechanisms.']),
      ...timestampsOf('party.identifier', row['identifiers.']),
    },
    rows: {
      party: row.id,
      address: idOf(address),
      email: idOf(email),
      phone: idOf(phone),
      vatId: idOf(vat),
    },
  };
}

/** Of a party without address every column is empty. */
function toAddressColumns(address: PartyRow['addresses.'][number] | null): Record<string, string | null> {
  if (address === null) return { street: null, postcode: null, city: null, country: null };
  const country = address['country.'] === null ? null : address['country.'].code;
  return { street: address.street || null, postcode: address.postal_code, city: address.city, country };
}
