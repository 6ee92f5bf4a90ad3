import { canonicalDecimal } from '#canonical';
import type { Connector } from '#connector-sdk';
import {
  AWKWARD_KEYS,
  AWKWARD_TEXTS,
  productShape,
  testConnector,
  type SuiteRecord,
  type SuiteShape,
  type SystemDriver,
} from '#connector-sdk/testing';
import type { CanonicalFields, Clock } from '#kernel';
import { afterAll, jest } from '@jest/globals';
import { lineTo } from '../../test/harness/line.js';
import { openTryton } from '../../test/harness/tryton-reader.js';
import { TrytonUsers, trytonUrl, type TestEntity } from '../../test/harness/tryton-users.js';

// A project's testTimeout is not heeded by jest; every rule here works on a real ERP.
jest.setTimeout(300_000);
const users = new TrytonUsers();
const line = await lineTo(new URL(trytonUrl()), 'http');
afterAll(() => users.close());

/** The emptied test database, and its users at work on one kind of record. */
class TrytonDatabase implements SystemDriver {
  private constructor(private readonly entity: TestEntity) {}

  static async create(entity: TestEntity): Promise<TrytonDatabase> {
    await users.empty();
    return new TrytonDatabase(entity);
  }

  open(mode: 'observe' | 'write', clock: Clock, config: { readonly timeoutMs?: number } = {}): Connector {
    return openTryton(mode, clock, { url: line.url.href, ...config });
  }

  async put(records: readonly SuiteRecord[]): Promise<void> {
    await users.put(records, this.entity);
  }

  /** All rows of one transaction have one time. */
  async putAtOneTime(records: readonly SuiteRecord[]): Promise<void> {
    await this.put(records);
  }

  async putLate(records: readonly SuiteRecord[]): Promise<{ commit(): Promise<void> }> {
    await users.putLate(records, this.entity);
    return { commit: () => users.commit() };
  }

  async remove(keys: readonly string[]): Promise<void> {
    await users.remove(keys, this.entity === 'customer' ? 'party' : 'template');
  }

  read(): Promise<ReadonlyMap<string, CanonicalFields>> {
    return users.read(this.entity);
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

/** A party without code does not exist: there is nothing that the mapping can't translate. */
class CustomerDatabase {
  static async create(): Promise<SystemDriver> {
    const driver: SystemDriver = await TrytonDatabase.create('customer');
    return Object.assign(driver, { putUnmappable: undefined });
  }
}

/** What Tryton makes of a text of one line: blanks trimmed, no tab or line end, and never empty. */
function oneLine(text: unknown): string | null {
  return typeof text === 'string' ? text.replaceAll(/[\t\n\r\v\f]/g, ' ').trim() || null : null;
}

/** Products as Tryton can hold them: with a name, a checked EAN, and active or not. */
const products: SuiteShape = {
  ...productShape,
  edit: { weight: null, name: { en: 'Nut' }, active: false },
  awkward: productShape.awkward.map(({ key, fields }) => {
    const { weight, name } = fields as Record<string, string | null>;
    const texts = (name ?? {}) as unknown as Readonly<Record<string, string>>;
    const german = oneLine(texts['de']);
    return {
      key,
      fields: {
        ean: null,
        brand: oneLine(fields['brand']),
        weight: typeof weight === 'string' ? canonicalDecimal(weight, 4) : null,
        active: fields['active'] ?? true,
        name: { ...(german === null ? {} : { de: german }), en: oneLine(texts['en']) ?? german ?? key },
      },
    };
  }),
};

/** Customers; a party's name is not trimmed, its street may have several lines. */
const customers: SuiteShape = {
  text: 'name',
  plain: () => ({
    name: 'Meier GmbH',
    email: 'einkauf@example.com',
    phone: '+49 30 1234567',
    street: 'Weg 1',
    postcode: '10115',
    city: 'Berlin',
    country: 'DE',
    vatId: 'DE136695976',
  }),
  minimal: () => ({}),
  edit: { email: null, street: 'Am Markt 2\nHinterhaus', country: 'AT', vatId: 'ATU13585627' },
  awkward: AWKWARD_KEYS.map((key, n) => {
    const [text = '', other = ''] = [AWKWARD_TEXTS[n % AWKWARD_TEXTS.length], AWKWARD_TEXTS[(n + 3) % 10]];
    return {
      key,
      fields: {
        name: n % 4 === 0 ? null : (oneLine(text) ?? ''),
        email: n % 3 === 0 ? null : `a${n}@example.com`,
        phone: oneLine(other),
        street: n % 5 === 0 ? null : oneLine(text),
        postcode: n % 2 === 0 ? null : `0${n}`,
        city: oneLine(other),
        country: n % 3 === 0 ? null : 'CH',
        vatId: null,
      },
    };
  }),
};

testConnector({
  name: 'tryton: products',
  entity: 'product',
  capabilities: { changes: 'cursor', precondition: 'version', deleteEvents: true, digest: false },
  shape: products,
  refused: { ean: '4006381333932' },
  line: line.faults,
  setUp: () => TrytonDatabase.create('product'),
});

testConnector({
  name: 'tryton: customers',
  entity: 'customer',
  capabilities: { changes: 'cursor', precondition: 'version', deleteEvents: true, digest: false },
  shape: customers,
  refused: { vatId: 'DE1' },
  line: line.faults,
  setUp: () => CustomerDatabase.create(),
});
