import { HubError } from '#kernel';
import { z } from 'zod';
import type { EntityTools, EntityWriter, PlannedWrite, Translated, TrytonRecord, WriteCall } from './entity.js';
import { IDENTIFIERS } from './product-row.js';
import { parseRows } from './rows.js';

type Values = Record<string, unknown>;

const idsSchema = z.array(z.int());
const variantSchema = z.object({ id: z.int(), template: z.int() });
/** Without it a changed base text marks the texts of other languages, which this write does not touch. */
const KEEP_TRANSLATIONS = { fuzzy_translation: false };

/** Writes a variant through its template, so that one call of Tryton, one transaction, holds all of it. */
export class ProductWriter implements EntityWriter {
  readonly updatesAlone = false;
  private units: Promise<ReadonlyMap<string, number>> | null = null;

  constructor(private readonly tools: EntityTools) {}

  async findProblem({ key, values, current }: PlannedWrite): Promise<string | null> {
    const name = values[`name.${this.tools.language}`];
    if (current !== null && name === null) return `Tryton needs a name in its base language, "${this.tools.language}".`;
    if (values['active'] === null) return 'Tryton needs to know whether a product is active.';
    if (current === null && key.trim() !== key) return 'Tryton cuts blanks at the ends of a code.';
    const { unit } = values;
    if (unit === undefined || (await this.findUnits()).has(String(unit))) return null;
    return `Tryton has no unit with the symbol "${String(unit).slice(0, 20)}".`;
  }

  async create(writes: readonly PlannedWrite[]): Promise<WriteCall> {
    const units = await this.findUnits();
    const templates = writes.map((write) => this.toNewTemplate(write, units));
    return this.toCall('create', [templates], {});
  }

  async update(writes: readonly PlannedWrite[]): Promise<WriteCall> {
    const units = await this.findUnits();
    const params = writes.flatMap((write) => {
      const { template } = rowsOf(write);
      return [[template], this.toChangedTemplate(write, units)];
    });
    return this.toCall('write', params, Object.assign({}, ...writes.map(({ current }) => current?.timestamps)));
  }

  /** A template goes with its last variant. */
  delete(write: PlannedWrite): WriteCall {
    const { product, template, variants } = rowsOf(write);
    const timestamps = { ...write.current?.timestamps };
    if (variants === 1) return this.toCall('delete', [[template]], timestamps);
    return { method: 'model.product.product.delete', params: [[product]], context: { _timestamp: timestamps } };
  }

  get languages(): readonly string[] {
    return this.tools.languages;
  }

  namesLanguage({ values }: PlannedWrite, language: string): boolean {
    return values[`name.${language}`] !== undefined;
  }

  lacksText({ values }: PlannedWrite, language: string, record: TrytonRecord): boolean {
    const name = values[`name.${language}`];
    return name !== undefined && name !== (record.raw[`name.${language}`] ?? null);
  }

  translate(writes: readonly Translated[], language: string): WriteCall {
    const params = writes.flatMap(({ write, record }) => [
      [record.rows['template']],
      { name: write.values[`name.${language}`] },
    ]);
    const timestamps: Values = Object.assign({}, ...writes.map(({ record }) => record.timestamps));
    const call = this.toCall('write', params, timestamps);
    return { ...call, context: { ...call.context, language } };
  }

  /** A create answers with ids of templates, each of which has one variant. */
  async rootsOf(result: unknown): Promise<readonly (number | null)[]> {
    const templates = idsSchema.parse(result);
    const params = [[['template', 'in', templates]], 0, null, [['id', 'ASC']], ['template']];
    const found = await this.tools.client.call('model.product.product.search_read', params, { active_test: false });
    const variants = parseRows('product.product', found).map((row) => variantSchema.parse(row));
    const byTemplate = new Map(variants.map(({ id, template }) => [template, id]));
    return templates.map((template) => byTemplate.get(template) ?? null);
  }

  private toNewTemplate(write: PlannedWrite, units: ReadonlyMap<string, number>): Values {
    const { key, values } = write;
    const identifiers = IDENTIFIERS.flatMap((type) => (isText(values[type]) ? [{ type, code: values[type] }] : []));
    const variant: Values = { suffix_code: key, active: values['active'] !== false };
    if (identifiers.length > 0) variant['identifiers'] = [['create', identifiers]];
    return {
      type: 'goods',
      ...this.toTemplateValues(write, units),
      // A user's new product starts in the smallest unit as well.
      default_uom: this.unitOf(values['unit'] ?? 'u', units),
      // Required by Tryton; a record of the hub may have a name in other languages only, or none.
      name: this.findName(values) ?? key,
      products: [['create', [variant]]],
    };
  }

  private toChangedTemplate(write: PlannedWrite, units: ReadonlyMap<string, number>): Values {
    const { values } = write;
    const variant: Values = {};
    if (typeof values['active'] === 'boolean') variant['active'] = values['active'];
    const identifiers = IDENTIFIERS.flatMap((type) => toIdentifierActions(write, type));
    if (identifiers.length > 0) variant['identifiers'] = identifiers;
    const template = this.toTemplateValues(write, units);
    const name = values[`name.${this.tools.language}`];
    if (name !== undefined) template['name'] = name;
    if (values['unit'] !== undefined) template['default_uom'] = this.unitOf(values['unit'], units);
    // Even without values of its own: so that Tryton compares the variant's time as well.
    return { ...template, products: [['write', [rowsOf(write).product], variant]] };
  }

  private toTemplateValues({ values, current }: PlannedWrite, units: ReadonlyMap<string, number>): Values {
    const template: Values = {};
    const { weight } = values;
    if (weight === null) Object.assign(template, { weight: null, weight_uom: null });
    // Tryton keeps weights as floating point; JSON prints the shortest text that gives the same number.
    else if (weight !== undefined)
      Object.assign(template, { weight: Number(weight), weight_uom: this.unitOf('kg', units) });
    if (values['active'] === true && current !== null) template['active'] = true;
    return template;
  }

  private findName(values: PlannedWrite['values']): unknown {
    const languages = [this.tools.language, ...this.tools.languages];
    return languages.map((language) => values[`name.${language}`]).find((name) => isText(name));
  }

  private unitOf(symbol: unknown, units: ReadonlyMap<string, number>): number {
    const unit = units.get(String(symbol));
    if (unit !== undefined) return unit;
    throw new HubError('HUB_SOURCE_SCHEMA', `Tryton has no unit with the symbol "${String(symbol).slice(0, 20)}".`);
  }

  /** Symbols are texts of a language: read in the base one. */
  private findUnits(): Promise<ReadonlyMap<string, number>> {
    this.units ??= this.readUnits().catch((error: unknown) => {
      this.units = null;
      throw error;
    });
    return this.units;
  }

  private async readUnits(): Promise<ReadonlyMap<string, number>> {
    const { client, language } = this.tools;
    const params = [[], 0, null, [['id', 'ASC']], ['symbol']];
    const rows = parseRows('product.uom', await client.call('model.product.uom.search_read', params, { language }));
    return new Map(rows.map((row) => [String(row['symbol']), row.id]));
  }

  private toCall(method: string, params: readonly unknown[], timestamps: Values): WriteCall {
    const context = { language: this.tools.language, ...KEEP_TRANSLATIONS, _timestamp: timestamps };
    return { method: `model.product.template.${method}`, params, context };
  }
}

function toIdentifierActions({ values, current }: PlannedWrite, type: string): unknown[] {
  const code = values[type];
  if (code === undefined) return [];
  const id = current?.rows[type] ?? null;
  if (isText(code)) return id === null ? [['create', [{ type, code }]]] : [['write', [id], { code }]];
  return id === null ? [] : [['delete', [id]]];
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function rowsOf({ current }: PlannedWrite): { template: number; product: number; variants: number } {
  const { template, product, variants } = current?.rows ?? {};
  if (template && product && variants) return { template, product, variants };
  throw new HubError('HUB_INVARIANT_BROKEN', 'A change of a product that was not read.');
}
