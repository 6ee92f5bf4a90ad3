import { checkMapping, type CheckReport } from '#connector-sdk';
import { HubError, toHubError } from '#kernel';
import { TESTED_VERSION, type AccountsApi } from './api.js';
import type { EntityPlan } from './entity-plan.js';

const NO_ACCOUNT = '00000000-0000-0000-0000-000000000000';

/**
 * Whether the CRM is there and what the token may. In mode `write` the right to write is tried on an account that there
 * is not; in mode `observe` nothing but GET is sent, so `canWrite` is false.
 */
export async function checkCrm(
  api: AccountsApi,
  plans: Iterable<EntityPlan>,
  mode: 'observe' | 'write',
): Promise<CheckReport> {
  const problems: string[] = [];
  const mapped = [...plans];
  for (const { mapping, descriptor } of mapped)
    problems.push(...checkMapping(mapping, descriptor).map((problem) => `${descriptor.entity}: ${problem}`));
  try {
    await api.window('active', 0, 1);
  } catch (error) {
    return { ...fromError(error), version: null, canWrite: false, problems: [...problems, messageOf(error)] };
  }
  await attempt(problems, () => checkSight(api));
  for (const plan of mapped) await attempt(problems, () => missingCustomFields(api, plan));
  const canWrite = mode === 'write' && (await attempt(problems, () => tryToWrite(api)));
  return { reachable: true, version: `BottleCRM, answers as of ${TESTED_VERSION}`, canWrite, problems };
}

/** Custom fields that the mapping needs and the organisation does not have: the CRM would drop their values silently. */
export async function missingCustomFields(api: AccountsApi, { customFields }: EntityPlan): Promise<string[]> {
  const texts = new Set(['text', 'textarea']);
  const defined = (await api.customFields()).filter(
    (field) => field.target_model === 'Account' && field.is_active && texts.has(field.field_type),
  );
  const names = new Set(defined.map(({ key }) => key));
  return customFields
    .filter((name) => !names.has(name))
    .map((name) => `Accounts have no active custom field "${name}" of type text: add it in BottleCRM's settings.`);
}

async function checkSight(api: AccountsApi): Promise<string[]> {
  if (await api.seesAll()) return [];
  return ["The token's owner is no administrator, so accounts of others are hidden: use an administrator's token."];
}

async function tryToWrite(api: AccountsApi): Promise<string[]> {
  await api.update(NO_ACCOUNT, {});
  return [];
}

/** Adds what a check finds; true when it found nothing. */
async function attempt(problems: string[], check: () => Promise<readonly string[]>): Promise<boolean> {
  const before = problems.length;
  try {
    problems.push(...(await check()));
  } catch (error) {
    problems.push(messageOf(error));
  }
  return problems.length === before;
}

/** A CRM that answers in whatever way is reached. */
function fromError(error: unknown): { readonly reachable: boolean } {
  const { details, code } = toHubError(error);
  return { reachable: code !== 'HUB_SOURCE_UNREACHABLE' && typeof details['status'] === 'number' };
}

function messageOf(error: unknown): string {
  const problem = toHubError(error);
  if (problem.disposition === 'crash') throw problem;
  return problem.message;
}

/** @throws HubError HUB_SOURCE_SCHEMA naming every custom field that is missing */
export async function requireCustomFields(api: AccountsApi, plan: EntityPlan): Promise<void> {
  const missing = await missingCustomFields(api, plan);
  if (missing.length > 0) throw new HubError('HUB_SOURCE_SCHEMA', missing.join(' '));
}
