import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'tryton-variants.csv';

/**
 * Which products a template has, as far as they were read. Deleting a template deletes its products, and Tryton's log
 * then names the template alone: without this nobody could say which products went. Kept in the work folder, so that it
 * outlives the process; what it does not know is found by the next complete scan.
 */
export class VariantIndex {
  private readonly products = new Map<number, Set<number>>();
  private loaded: Promise<void> | null = null;

  /** @param folder the connector's work folder; empty for memory only */
  constructor(private readonly folder: string) {}

  /** Takes in what was read. Returns when it is kept. */
  async note(pairs: readonly { readonly template: number; readonly product: number }[]): Promise<void> {
    await this.load();
    const added = pairs.filter(({ template, product }) => this.add(template, product));
    if (added.length === 0 || this.folder === '') return;
    await appendFile(join(this.folder, FILE), printPairs(added), { mode: 0o600 });
  }

  /** Products that were seen under these templates. */
  async productsOf(templates: readonly number[]): Promise<readonly number[]> {
    await this.load();
    return templates.flatMap((template) => [...(this.products.get(template) ?? [])]);
  }

  private add(template: number, product: number): boolean {
    const known = this.products.get(template) ?? new Set();
    this.products.set(template, known);
    if (known.has(product)) return false;
    known.add(product);
    return true;
  }

  private load(): Promise<void> {
    this.loaded ??= this.readFile();
    return this.loaded;
  }

  private async readFile(): Promise<void> {
    if (this.folder === '') return;
    await mkdir(this.folder, { recursive: true });
    const text = await readFile(join(this.folder, FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    // The last line of a process that was killed may be cut short: it has no end, and is left out.
    for (const line of text.split('\n').slice(0, -1)) {
      const [template, product] = line.split(',').map(Number);
      if (template && product) this.add(template, product);
    }
    await this.compact();
  }

  private async compact(): Promise<void> {
    const pairs = [...this.products].flatMap(([template, products]) =>
      [...products].map((product) => ({ template, product })),
    );
    const unfinished = join(this.folder, `${FILE}.tmp`);
    await writeFile(unfinished, printPairs(pairs), { mode: 0o600 });
    await rename(unfinished, join(this.folder, FILE));
  }
}

function printPairs(pairs: readonly { readonly template: number; readonly product: number }[]): string {
  return pairs.map(({ template, product }) => `${template},${product}\n`).join('');
}
