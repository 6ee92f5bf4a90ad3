import { z } from 'zod';
import { timestampsOfAll, type EntityTools, type EntityWriter, type PlannedWrite, type WriteCall } from './entity.js';
import { parseAnswer, parseRows } from './rows.js';

type Values = Record<string, unknown>;
type Countries = ReadonlyMap<string, number>;

/** Columns of the address, by Tryton's field. */
const ADDRESS_FIELDS = { street: 'street', postcode: 'postal_code', city: 'city', country: 'country' } as const;
const idsSchema = z.array(z.int());

/** Writes a party with its address, contact mechanisms and identifiers, in one call of Tryton. */
export class CustomerWriter implements EntityWriter {
  readonly updatesAlone = false;
  readonly followUps = [];
  private countries: Promise<Countries> | null = null;

  constructor(private readonly tools: EntityTools) {}

  async findProblem({ key, values, current }: PlannedWrite): Promise<string | null> {
    if (current === null && key.trim() !== key) return 'Tryton cuts blanks at the ends of a code.';
    const { country } = values;
    if (typeof country !== 'string' || (await this.findCountries()).has(country)) return null;
    return `Tryton has no country "${country.slice(0, 10)}": load its countries.`;
  }

  async create(writes: readonly PlannedWrite[]): Promise<WriteCall> {
    const countries = await this.findCountries();
    const parties = writes.map((write) => ({ ...toPartyValues(write, countries), code: write.key }));
    return this.toCall('create', [parties], {});
  }

  async update(writes: readonly PlannedWrite[]): Promise<WriteCall> {
    const countries = await this.findCountries();
    const params = writes.flatMap((write) => [[write.current?.root], toPartyValues(write, countries)]);
    return this.toCall('write', params, timestampsOfAll(writes.map(({ current }) => current)));
  }

  delete({ current }: PlannedWrite): WriteCall {
    return this.toCall('delete', [[current?.root]], { ...current?.timestamps });
  }

  async rootsOf(result: unknown): Promise<readonly number[]> {
    return parseAnswer(idsSchema, result, 'party.party');
  }

  private findCountries(): Promise<Countries> {
    this.countries ??= this.readCountries().catch((error: unknown) => {
      this.countries = null;
      throw error;
    });
    return this.countries;
  }

  private async readCountries(): Promise<Countries> {
    const params = [[], 0, null, [['id', 'ASC']], ['code']];
    const found = await this.tools.client.call('model.country.country.search_read', params);
    return new Map(parseRows('country.country', found).map((row) => [String(row['code']), row.id]));
  }

  private toCall(method: string, params: readonly unknown[], timestamps: object): WriteCall {
    return { method: `model.party.party.${method}`, params, context: { _timestamp: timestamps } };
  }
}

function toPartyValues(write: PlannedWrite, countries: Countries): Values {
  const party: Values = {};
  if (write.values['name'] !== undefined) party['name'] = write.values['name'];
  const mechanisms = [...toPartActions(write, 'email', 'value'), ...toPartActions(write, 'phone', 'value')];
  if (mechanisms.length > 0) party['contact_mechanisms'] = mechanisms;
  const identifiers = toPartActions(write, 'vatId', 'code');
  if (identifiers.length > 0) party['identifiers'] = identifiers;
  const address = toAddressValues(write, countries);
  if (address !== null) party['addresses'] = [toAddressAction(write, address)];
  return party;
}

/** A part that is one value: made, changed, or removed when the value is empty. */
function toPartActions({ values, current }: PlannedWrite, column: string, field: string): unknown[] {
  const value = values[column];
  if (value === undefined) return [];
  const id = current?.rows[column] ?? null;
  const type = column === 'vatId' ? 'eu_vat' : column;
  if (typeof value === 'string' && value !== '')
    return id === null ? [['create', [{ type, [field]: value }]]] : [['write', [id], { [field]: value }]];
  return id === null ? [] : [['delete', [id]]];
}

function toAddressValues({ values }: PlannedWrite, countries: Countries): Values | null {
  const address: Values = {};
  for (const [column, field] of Object.entries(ADDRESS_FIELDS)) {
    const value = values[column];
    if (value === undefined) continue;
    address[field] = column === 'country' && typeof value === 'string' ? countries.get(value) : value;
  }
  return Object.keys(address).length > 0 ? address : null;
}

function toAddressAction({ current }: PlannedWrite, address: Values): unknown {
  const id = current?.rows['address'] ?? null;
  return id === null ? ['create', [address]] : ['write', [id], address];
}
