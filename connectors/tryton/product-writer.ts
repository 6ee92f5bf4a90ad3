import { HubError } from '#kernel';
import { z } from 'zod';
import {
  timestampsOfAll,
  type EntityTools,
  type EntityWriter,
  type FollowUp,
  type HalfWritten,
  type PlannedWrite,
  type WriteCall,
} from './entity.js';
import { IDENTIFIERS } from './product-row.js';
import { parseAnswer, parseRows } from './rows.js';

type Values = Record<string, unknown>;

const idsSchema = z.array(z.int());
const variantSchema = z.object({ id: z.int(), template: z.int() });
/** Without it a changed base text marks the texts of other languages, which this write does not touch. */
const KEEP_TRANSLATIONS = { fuzzy_translation: false };

/** Writes a variant through its template, so that one call of Tryton, one transaction, holds all of it. */
export class ProductWriter implements EntityWriter {
  readonly updatesAlone = false;
  readonly followUps: readonly FollowUp[];
  private units: Promise<ReadonlyMap<string, number>> | null = null;

  constructor(private readonly tools: EntityTools) {
    this.followUps = [
      this.valuesAfterActivation(),
      ...tools.languages.map((language) => this.texts(language)),
      this.deactivation(),
    ];
  }

  async findProblem(write: PlannedWrite): Promise<string | null> {
    const { key, values, current } = write;
    if (isArchived(write) && values['active'] !== true)
      return 'Tryton changes nothing of a product whose template is inactive: activate it first.';
    const name = values[`name.${this.tools.language}`];
    if (current !== null && name === null) return `Tryton needs a name in its base language, "${this.tools.language}".`;
    if (values['active'] === null) return 'Tryton needs to know whether a product is active.';
    if (current === null && key.trim() !== key) return 'Tryton cuts blanks at the ends of a code.';
    return this.findUnitProblem(values['unit']);
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
      return [[template], isArchived(write) ? toActivation(write) : this.toChangedTemplate(write, units)];
    });
    return this.toCall('write', params, timestampsOfAll(writes.map(({ current }) => current)));
  }

  /** A template goes with its last variant. */
  delete(write: PlannedWrite): WriteCall {
    const { product, template, variants } = rowsOf(write);
    const timestamps = { ...write.current?.timestamps };
    if (variants === 1) return this.toCall('delete', [[template]], timestamps);
    return { method: 'model.product.product.delete', params: [[product]], context: { _timestamp: timestamps } };
  }

  /** A create answers with ids of templates, each of which has one variant. */
  async rootsOf(result: unknown): Promise<readonly (number | null)[]> {
    const templates = parseAnswer(idsSchema, result, 'product.template');
    const params = [[['template', 'in', templates]], 0, null, [['id', 'ASC']], ['template']];
    const found = await this.tools.client.call('model.product.product.search_read', params, { active_test: false });
    const variants = parseRows('product.product', found).map((row) =>
      parseAnswer(variantSchema, row, 'product.product'),
    );
    const byTemplate = new Map(variants.map(({ id, template }) => [template, id]));
    return templates.map((template) => byTemplate.get(template) ?? null);
  }

  /** Of an inactive template nothing but that can be changed: it is activated by the first call, and written by this one. */
  private valuesAfterActivation(): FollowUp {
    return {
      what: 'all but its activation',
      concerns: isArchived,
      isDue: () => true,
      toCall: async (halves) => {
        const units = await this.findUnits();
        return this.toFollowUpCall(halves, ({ write }) => this.toChangedTemplate(write, units));
      },
    };
  }

  /** A text of another language is written by a call in that language. */
  private texts(language: string): FollowUp {
    const column = `name.${language}`;
    return {
      what: `its name in "${language}"`,
      concerns: ({ values }) => values[column] !== undefined,
      isDue: ({ write, record }) => write.values[column] !== (record.raw[column] ?? null),
      toCall: async (halves) => {
        const call = this.toFollowUpCall(halves, ({ write }) => ({ name: write.values[column] }));
        return { ...call, context: { ...call.context, language } };
      },
    };
  }

  /** Tryton lets nobody fill in an inactive product, not even when it is made. */
  private deactivation(): FollowUp {
    return {
      what: 'its deactivation',
      concerns: ({ current, values }) => current === null && values['active'] === false,
      isDue: ({ record }) => record.raw['active'] === true,
      toCall: async (halves) =>
        this.toFollowUpCall(halves, ({ record }) => ({
          products: [['write', [record.rows['product']], { active: false }]],
        })),
    };
  }

  private toFollowUpCall(halves: readonly HalfWritten[], toValues: (half: HalfWritten) => Values): WriteCall {
    const params = halves.flatMap((half) => [[half.record.rows['template']], toValues(half)]);
    return this.toCall('write', params, timestampsOfAll(halves.map(({ record }) => record)));
  }

  private async findUnitProblem(unit: PlannedWrite['values'][string] | undefined): Promise<string | null> {
    if (unit === undefined || (typeof unit === 'string' && (await this.findUnits()).has(unit))) return null;
    return `Tryton has no unit with the symbol ${JSON.stringify(unit).slice(0, 20)}.`;
  }

  private toNewTemplate(write: PlannedWrite, units: ReadonlyMap<string, number>): Values {
    const { key, values } = write;
    const identifiers = IDENTIFIERS.flatMap((type) => (isText(values[type]) ? [{ type, code: values[type] }] : []));
    const variant: Values = { suffix_code: key };
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

  private toTemplateValues({ values }: PlannedWrite, units: ReadonlyMap<string, number>): Values {
    const template: Values = {};
    const { weight } = values;
    if (weight === null) Object.assign(template, { weight: null, weight_uom: null });
    // Tryton keeps weights as floating point; JSON prints the shortest text that gives the same number.
    else if (weight !== undefined)
      Object.assign(template, { weight: Number(weight), weight_uom: this.unitOf('kg', units) });
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

  private toCall(method: string, params: readonly unknown[], timestamps: object): WriteCall {
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

/** Whether the template, not only the variant, is inactive. */
function isArchived({ current }: PlannedWrite): boolean {
  return current?.rows['archived'] === 1;
}

function toActivation(write: PlannedWrite): Values {
  return { active: true, products: [['write', [rowsOf(write).product], { active: true }]] };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function rowsOf({ current }: PlannedWrite): { template: number; product: number; variants: number } {
  const { template, product, variants } = current?.rows ?? {};
  if (template && product && variants) return { template, product, variants };
  throw new HubError('HUB_INVARIANT_BROKEN', 'A change of a product that was not read.');
}
