import type { ObservedRecord, RecordWrite, WriteOutcome } from '#connector-sdk';
import { toHubError, type HubError } from '#kernel';
import { createdId, type AccountsApi, type Row, type Written } from './api.js';
import type { EntityPlan } from './entity-plan.js';
import { findByKey } from './fetch.js';
import { inParallel } from './in-parallel.js';
import { differingColumns, toBody, toColumns, toRecord } from './mapping.js';

/**
 * Writes one by one. The API has no precondition: an account is read and compared, written, and read back; who writes
 * between the first two is overwritten in the fields written.
 */
export async function applyWrites(
  api: AccountsApi,
  plan: EntityPlan,
  writes: readonly RecordWrite[],
): Promise<readonly WriteOutcome[]> {
  return inParallel(writes, async (write) => {
    try {
      return await applyOne({ api, plan }, write);
    } catch (error) {
      return toUnknown(toHubError(error));
    }
  });
}

interface Target {
  readonly api: AccountsApi;
  readonly plan: EntityPlan;
}

/** What an operator must put right, and our own bugs, are no outcome of a record. */
function toUnknown(error: HubError): WriteOutcome {
  if (error.disposition !== 'retry') throw error;
  return { kind: 'unknown', reason: error.message };
}

async function applyOne(target: Target, write: RecordWrite): Promise<WriteOutcome> {
  switch (write.operation) {
    case 'create':
      return create(target, write);
    case 'update':
      return update(target, write);
    case 'delete':
      return remove(target, write);
  }
}

async function create({ api, plan }: Target, write: RecordWrite): Promise<WriteOutcome> {
  const columns = toColumns(plan, write);
  if (!columns.ok) return { kind: 'rejected', reason: columns.reason };
  const [taken] = await findByKey(api, plan, write.key);
  if (taken) return conflictWith(plan, taken);
  const written = await api.create(toBody(columns.columns));
  if (written.kind !== 'done') return toRefused(written);
  return readBack({ api, plan }, createdId(written.body));
}

async function update({ api, plan }: Target, write: RecordWrite): Promise<WriteOutcome> {
  const columns = toColumns(plan, write);
  if (!columns.ok) return { kind: 'rejected', reason: columns.reason };
  const row = await api.find(write.externalId ?? '');
  if (!row) return { kind: 'conflict', current: null };
  const current = toRecord(plan, row);
  if ('reason' in current) return { kind: 'rejected', reason: current.reason };
  if (isMoved(write, current)) return { kind: 'conflict', current };
  const differing = differingColumns(columns.columns, row);
  if (Object.keys(differing).length === 0) return { kind: 'unchanged', stored: current };
  const written = await api.update(row.id, toBody(differing));
  if (written.kind === 'gone') return { kind: 'conflict', current: null };
  return written.kind === 'done' ? readBack({ api, plan }, row.id) : toRefused(written);
}

async function remove({ api, plan }: Target, write: RecordWrite): Promise<WriteOutcome> {
  const row = await api.find(write.externalId ?? '');
  if (!row) return { kind: 'unchanged', stored: null };
  const current = toRecord(plan, row);
  if ('reason' in current) return { kind: 'rejected', reason: current.reason };
  if (isMoved(write, current)) return { kind: 'conflict', current };
  const written = await api.delete(row.id);
  if (written.kind === 'gone') return { kind: 'unchanged', stored: null };
  if (written.kind === 'refused') return { kind: 'rejected', reason: written.reason };
  return { kind: 'applied', stored: { ...current, status: 'deleted', fields: {}, version: null, digest: null } };
}

function isMoved({ expectedVersion }: RecordWrite, current: ObservedRecord): boolean {
  return expectedVersion !== null && expectedVersion !== current.version;
}

function conflictWith(plan: EntityPlan, row: Row): WriteOutcome {
  const current = toRecord(plan, row);
  return 'reason' in current ? { kind: 'rejected', reason: current.reason } : { kind: 'conflict', current };
}

function toRefused(written: Exclude<Written, { kind: 'done' }>): WriteOutcome {
  return { kind: 'rejected', reason: written.kind === 'refused' ? written.reason : 'BottleCRM answers 404' };
}

/** The stored form: the CRM trims texts, and whoever wrote meanwhile shows too. */
async function readBack({ api, plan }: Target, id: string): Promise<WriteOutcome> {
  const row = await api.find(id);
  if (!row) return { kind: 'conflict', current: null };
  const stored = toRecord(plan, row);
  if (!('reason' in stored)) return { kind: 'applied', stored };
  return { kind: 'unknown', reason: `written, but it reads back as unmappable: ${stored.reason}` };
}
