/** The Tryton database of tests, which is empty: the hub imports whatever products lie in it. */
export const DATABASE = 'tryton_test';
const PAGE = 200;

/** A product of the bench, the same for every run. */
export interface BenchProduct {
  readonly sku: string;
  readonly name: string;
  readonly brand: string;
  /** Kilograms, two digits. */
  readonly weight: number;
}

/** Products of a run; each run has another prefix, since the ERP may hold earlier ones. */
export function benchProducts(prefix: string, count: number): BenchProduct[] {
  return Array.from({ length: count }, (_, n) => ({
    sku: `${prefix}-${String(n + 1).padStart(5, '0')}`,
    name: `Hexagon bolt size ${n + 1} galvanised`,
    brand: `Maker ${n % 97}`,
    weight: (5 + (n % 2000)) / 100,
  }));
}

type Row = Readonly<Record<string, unknown>> & { readonly id: number };

/** Tryton's users at work through JSON-RPC, without the hub. */
export class BenchErp {
  private readonly products = new Map<string, number>();

  private constructor(
    private readonly url: string,
    private readonly authorization: string,
    private readonly context: object,
    private readonly unit: { readonly piece: number; readonly kilogram: number },
  ) {}

  static async open(address: string): Promise<BenchErp> {
    const { origin, username, password } = new URL(address);
    const url = `${origin}/${DATABASE}/rpc/`;
    const credentials = { password: decodeURIComponent(password) };
    const login = await rpc<[number, string]>(url, 'common.db.login', [username, credentials, 'en'], '');
    const [userId, token] = login;
    const header = `Session ${Buffer.from(`${username}:${userId}:${token}`).toString('base64')}`;
    const context = await rpc<object>(url, 'model.res.user.get_preferences', [true, {}], header);
    const units = [[['symbol', 'in', ['u', 'kg']]], 0, null, null, ['symbol'], context];
    const found = await rpc<Row[]>(url, 'model.product.uom.search_read', units, header);
    const idOf = (symbol: string): number => found.find((row) => row['symbol'] === symbol)?.id ?? 0;
    return new BenchErp(url, header, context, { piece: idOf('u'), kilogram: idOf('kg') });
  }

  /** Makes products, in one transaction. @param price in the company's currency; none without it */
  async create(products: readonly BenchProduct[], price?: number): Promise<void> {
    const templates = products.map(({ sku, name, brand, weight }) => ({
      ...{ name, weight, type: 'goods', default_uom: this.unit.piece, weight_uom: this.unit.kilogram },
      ...(price === undefined ? {} : { list_price: decimal(price) }),
      products: [['create', [{ suffix_code: sku, identifiers: [['create', [{ type: 'brand', code: brand }]]] }]]],
    }));
    const ids = await this.call<number[]>('product.template.create', [templates]);
    ids.forEach((id, n) => this.products.set(products[n]?.sku ?? '', id));
  }

  async setPrice(sku: string, price: number): Promise<void> {
    await this.call('product.template.write', [[this.products.get(sku)], { list_price: decimal(price) }]);
  }

  /** What Tryton holds of this run, as text by SKU. */
  async read(prefix: string): Promise<Map<string, string>> {
    const fields = ['code', 'active', 'template.name', 'template.weight', 'identifiers.code'];
    const params = [[['code', 'like', `${prefix}%`]], 0, null, null, fields];
    const rows = await this.call<Row[]>('product.product.search_read', params);
    return new Map(rows.map((row) => [String(row['code']), toText(row)]));
  }

  /** Deletes the products made by this run. */
  async clear(): Promise<void> {
    const ids = [...this.products.values()];
    for (let start = 0; start < ids.length; start += PAGE)
      await this.call('product.template.delete', [ids.slice(start, start + PAGE)]);
  }

  private call<T>(method: string, params: readonly unknown[]): Promise<T> {
    return rpc<T>(this.url, `model.${method}`, [...params, this.context], this.authorization);
  }
}

/** A product as one text, by which both systems are compared. */
export function comparable(name: unknown, brand: unknown, weight: unknown, active: unknown): string {
  return JSON.stringify([name, brand, weight, active]);
}

function toText(row: Row): string {
  const template = row['template.'] as { readonly name: string; readonly weight: number };
  const [identifier] = row['identifiers.'] as { readonly code: string }[];
  return comparable(template.name, identifier?.code, template.weight, row['active']);
}

function decimal(value: number): object {
  return { __class__: 'Decimal', decimal: value.toFixed(2) };
}

async function rpc<T>(url: string, method: string, params: readonly unknown[], authorization: string): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization === '' ? {} : { authorization }) },
    body: JSON.stringify({ id: 1, method, params }),
    signal: AbortSignal.timeout(120_000),
  });
  const text = await response.text();
  const answer = response.ok ? (JSON.parse(text) as { readonly result: T; readonly error?: unknown }) : null;
  if (answer === null || answer.error !== undefined)
    throw new Error(`Tryton ${method}: ${response.status} ${text.slice(0, 300)}`);
  return answer.result;
}
