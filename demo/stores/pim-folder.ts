import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DemoProduct } from '../data/products.js';

/** What the PIM says of one product. */
export type PimTexts = Pick<DemoProduct, 'sku' | 'brand' | 'name' | 'description'>;

/** The PIM: a folder into which it drops files of changed products, one JSON object a line. */
export class PimFolder {
  private drops = 0;

  constructor(readonly path: string) {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(join(path, 'in'), { recursive: true });
  }

  /** Drops one file; it appears in one step. */
  drop(products: readonly PimTexts[]): void {
    this.drops += 1;
    const file = join(this.path, 'in', `products-${String(this.drops).padStart(4, '0')}.jsonl`);
    writeFileSync(`${file}.part`, products.map((product) => `${JSON.stringify(toLine(product))}\n`).join(''));
    renameSync(`${file}.part`, file);
  }
}

function toLine({ sku, brand, name, description }: PimTexts): object {
  return {
    article: { number: sku, brand },
    texts: { de: { title: name.de, body: description.de }, en: { title: name.en, body: description.en } },
  };
}
