import type { CheckReport, DiscoveredEntity } from '#connector-sdk';
import { HubError } from '#kernel';
import { z } from 'zod';
import type { TrytonClient } from './client.js';
import type { EntityPlan } from './records.js';
import { parseAnswer, parseRows } from './rows.js';

/** Series that the conformance suite runs against. */
const SUPPORTED = ['8.2'];
const MODELS = ['product.product', 'product.template', 'party.party', 'stock.move'];

/** True and false, or for users who are no administrators the numbers 1 and 0. */
const rightSchema = z.union([z.boolean(), z.number()]).transform(Boolean);
const accessSchema = z.record(
  z.string(),
  z.object({ read: rightSchema, write: rightSchema, create: rightSchema, delete: rightSchema }),
);
type Access = z.infer<typeof accessSchema>[string];
const fieldsSchema = z.record(z.string(), z.object({ type: z.string(), required: z.boolean().optional() }));

/** What `check` needs to know of the connection. */
export interface Inspected {
  readonly client: TrytonClient;
  readonly plans: readonly EntityPlan[];
  readonly readsLog: boolean;
  readonly isWriting: boolean;
}

/** Reaches the server, logs in, and looks at version, modules, company, languages and rights: a sentence for each problem. */
export async function checkTryton(inspected: Inspected): Promise<CheckReport> {
  let version: string | null = null;
  try {
    version = await inspected.client.version();
    if (!SUPPORTED.includes(version)) {
      const problem = `Tryton ${version} is not supported: this connector knows ${SUPPORTED.join(', ')}; upgrade Tryton, or pick a connector that knows it.`;
      return { reachable: true, version: `Tryton ${version}`, canWrite: false, problems: [problem] };
    }
    const { problems, canWrite } = await findProblems(inspected);
    return { reachable: true, version: `Tryton ${version}`, canWrite, problems };
  } catch (error) {
    if (!(error instanceof HubError) || error.disposition === 'crash') throw error;
    const problem = `${error.message} ${error.hint}`;
    return {
      reachable: version !== null,
      version: version && `Tryton ${version}`,
      canWrite: false,
      problems: [problem],
    };
  }
}

/** Models that this connector knows, with their fields in this very database. */
export async function discoverTryton(client: TrytonClient): Promise<readonly DiscoveredEntity[]> {
  const found: DiscoveredEntity[] = [];
  for (const model of MODELS) {
    try {
      const fields = parseAnswer(fieldsSchema, await client.call(`model.${model}.fields_get`, [null]), model);
      const count = parseAnswer(
        z.int(),
        await client.call(`model.${model}.search_count`, [[]], { active_test: false }),
        model,
      );
      const entries = Object.entries(fields).map(([name, { type, required }]) => ({ name, type, nullable: !required }));
      found.push({ name: model, fields: entries, approximateCount: count });
    } catch (error) {
      // Its module is not activated, or this user may not see it: then there is nothing to map.
      if (error instanceof HubError && ['HUB_SOURCE_SCHEMA', 'HUB_SOURCE_UNAUTHORISED'].includes(error.code)) continue;
      throw error;
    }
  }
  return found;
}

async function findProblems(inspected: Inspected): Promise<{ problems: string[]; canWrite: boolean }> {
  const { client, plans, isWriting, readsLog } = inspected;
  const preferences = await client.preferences();
  const models = [...new Set(plans.flatMap(({ entity }) => entity.sources.map(({ model }) => model)))];
  const access = await readAccess(client, models);
  const problems: string[] = [];
  for (const model of models) problems.push(...findAccessProblems(model, access.get(model), isWriting));
  if (typeof preferences['company'] !== 'number')
    problems.push("The user has no company: add one to the user's preferences in Tryton.");
  problems.push(...(await findLanguageProblems(inspected)));
  if (readsLog) problems.push(...(await findLogProblems(client)));
  const canWrite = models.every((model) => mayWrite(access.get(model)));
  return { problems, canWrite };
}

/** One model at a time: an unknown one fails the call, and so tells that its module is not activated. */
async function readAccess(client: TrytonClient, models: readonly string[]): Promise<ReadonlyMap<string, Access>> {
  const found = new Map<string, Access>();
  for (const model of models) {
    const known = await client.call('model.ir.model.search_count', [[['name', '=', model]]]);
    if (known === 0) continue;
    const access = parseAnswer(
      accessSchema,
      await client.call('model.ir.model.access.get_access', [[model]]),
      'ir.model.access',
    );
    const [entry] = Object.values(access);
    if (entry) found.set(model, entry);
  }
  return found;
}

function findAccessProblems(model: string, access: Access | undefined, isWriting: boolean): string[] {
  if (!access) return [`This Tryton has no ${model}: activate the module that brings it.`];
  if (!access.read) return [`The user may not read ${model}: give it a group that may.`];
  if (isWriting && !mayWrite(access) && model !== 'stock.move')
    return [`The user may not write ${model}: give it a group that may, or leave the system in mode observe.`];
  return [];
}

function mayWrite(access: Access | undefined): boolean {
  return access !== undefined && access.write && access.create && access.delete;
}

/** Texts can be kept in translatable languages only. */
async function findLanguageProblems({ client, plans }: Inspected): Promise<string[]> {
  const wanted = new Set(plans.flatMap(({ entity }) => entity.languages));
  if (wanted.size === 0) return [];
  const domain = [
    ['code', 'in', [...wanted]],
    ['translatable', '=', true],
  ];
  const answer = await client.call('model.ir.lang.search_read', [domain, 0, null, null, ['code']]);
  for (const row of parseRows('ir.lang', answer)) wanted.delete(String(row['code']));
  return [...wanted].map(
    (code) => `"${code}" is no translatable language of this Tryton: set it so, or correct the mapping.`,
  );
}

/** Others than administrators may only ask the log for records that they name. */
async function findLogProblems(client: TrytonClient): Promise<string[]> {
  try {
    await client.call('model.ir.model.log.search', [[['event', '=', 'delete']], 0, 1, null]);
    return [];
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'HUB_SOURCE_UNAUTHORISED') throw error;
    return [
      "The user may not search Tryton's log, so deletes would not be told: make it an administrator, or set readsLog to false and leave deletes to the complete scans.",
    ];
  }
}
