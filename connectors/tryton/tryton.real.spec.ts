import { canonicalDecimal } from '#canonical';
import type { Connector } from '#connector-sdk';
import { testConnector, type SuiteRecord, type SystemDriver } from '#connector-sdk/testing';
import type { CanonicalFields, Clock } from '#kernel';
import { afterAll, jest } from '@jest/globals';
import { openTryton } from '../../test/harness/tryton-reader.js';
import { TrytonUsers } from '../../test/harness/tryton-users.js';

// A project's testTimeout is not heeded by jest; every rule here works on a real ERP.
jest.setTimeout(120_000);
const users = new TrytonUsers();
afterAll(() => users.close());

/** The emptied test database, and its users. */
class ProductDatabase implements SystemDriver {
  static async create(): Promise<ProductDatabase> {
    await users.empty();
    return new ProductDatabase();
  }

  open(mode: 'observe' | 'write', clock: Clock): Connector {
    return openTryton(mode, clock);
  }

  async put(records: readonly SuiteRecord[]): Promise<void> {
    await users.put(records.map(holds));
  }

  /** All rows of one transaction have one time. */
  async putAtOneTime(records: readonly SuiteRecord[]): Promise<void> {
    await this.put(records);
  }

  async putLate(records: readonly SuiteRecord[]): Promise<{ commit(): Promise<void> }> {
    await users.putLate(records.map(holds));
    return { commit: () => users.commit() };
  }

  async remove(keys: readonly string[]): Promise<void> {
    await users.remove(keys);
  }

  read(): Promise<ReadonlyMap<string, CanonicalFields>> {
    return users.read();
  }

  countWrites(): Promise<number> {
    return users.countWrites();
  }

  putUnmappable(): Promise<string> {
    return users.putUnmappable();
  }

  async close(): Promise<void> {
    // The next test empties it.
  }
}

/** Tryton trims one-line texts, allows no line ends or tabs in them, checks EANs, and needs a name and whether it is active. */
function holds({ key, fields }: SuiteRecord): SuiteRecord {
  const { ean, brand, weight, name } = fields as Record<string, string | null>;
  const texts = (name ?? {}) as unknown as Readonly<Record<string, string>>;
  const line = (text: string | null | undefined): string | null =>
    (text ?? '').replaceAll(/[\t\n\r\v\f]/g, ' ').trim() || null;
  const german = line(texts['de']);
  return {
    key,
    fields: {
      ean: ean === '4006381333931' ? ean : null,
      brand: line(brand),
      weight: typeof weight === 'string' ? canonicalDecimal(weight, 4) : null,
      active: fields['active'] ?? true,
      name: { ...(german === null ? {} : { de: german }), en: line(texts['en']) ?? german ?? key },
    },
  };
}

testConnector({
  name: 'tryton: products',
  entity: 'product',
  capabilities: { changes: 'cursor', precondition: 'version', deleteEvents: true, digest: false },
  holds,
  refused: { ean: '4006381333932' },
  setUp: () => ProductDatabase.create(),
});
