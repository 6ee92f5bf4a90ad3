import type { GoldenEvent } from '#contracts';
import { equalValues } from '#canonical';
import {
  instantOfMs,
  type BusinessKey,
  type CanonicalValue,
  type ExternalId,
  type Instant,
  type SystemId,
} from '#kernel';
import type { Contribution } from '#mirror';
import type { ErpEdit, GoldenStateOfModel, Scenario, State } from './mirror-state.js';

export const SHOP = 'shop' as SystemId;
export const RECORD = 'record-1' as ExternalId;
export const KEY = 'A-100' as BusinessKey;

/** Golden merges a contribution and publishes a new version, or an answer under a new sequence. */
export function mergeContribution(state: State, contribution: Contribution, scenario: Scenario): State {
  return publish(state, { ...state.golden, shop: contribution }, scenario);
}

/** An edit in the ERP: golden has it at once, since its way there is not what is modelled. */
export function editErp(state: State, edit: ErpEdit, scenario: Scenario): State {
  // Its time matters only where the last writer wins; else it would but multiply the states.
  const edits = Object.values(scenario.policy).includes('last') ? state.edits + 1 : state.edits;
  const { erp } = state.golden;
  const at = instantOfMs(edits);
  const next =
    edit.do === 'set'
      ? { ...erp, fields: { ...erp.fields, [edit.field]: { value: edit.to, at } } }
      : { ...erp, status: edit.do === 'delete' ? ('deleted' as const) : ('live' as const) };
  const edited = { ...state, edits, erpEditsDone: state.erpEditsDone + 1 };
  return publish(edited, { ...state.golden, erp: next }, scenario);
}

function publish(state: State, contributions: GoldenStateOfModel, scenario: Scenario): State {
  const fields = mergeFields(contributions, scenario);
  const { status } = contributions.erp;
  const before = state.golden;
  const isSame = before.version > 0n && status === before.status && sameFields(fields, before.fields);
  const version = isSame ? before.version : before.version + 1n;
  const golden: GoldenStateOfModel = { ...contributions, version, sequence: before.sequence + 1n, status, fields };
  return { ...state, golden, topic: toEvent(golden) };
}

function mergeFields(contributions: GoldenStateOfModel, scenario: Scenario): Record<string, CanonicalValue> {
  const merged: Record<string, CanonicalValue> = {};
  for (const [name, winner] of Object.entries(scenario.policy)) {
    const erp = contributions.erp.fields[name];
    const shop = contributions.shop?.fields[name];
    const chosen = winner === 'last' ? lastOf(erp, shop) : winner === 'erp' ? erp : shop;
    if (chosen) merged[name] = chosen.value;
  }
  return merged;
}

interface Said {
  readonly value: CanonicalValue;
  readonly at: Instant | null;
}

/** The ERP wins a tie, and against a value without a time. */
function lastOf(erp: Said | undefined, shop: Said | undefined): Said | undefined {
  if (!erp || !shop) return erp ?? shop;
  return shop.at !== null && (erp.at === null || shop.at > erp.at) ? shop : erp;
}

function sameFields(a: Readonly<Record<string, CanonicalValue>>, b: Readonly<Record<string, CanonicalValue>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => equalValues(a[name], b[name]));
}

function toEvent(golden: GoldenStateOfModel): GoldenEvent {
  const { version, sequence, status, fields, shop } = golden;
  return {
    entity: 'product',
    key: KEY,
    version,
    sequence,
    status,
    policyVersion: 1,
    changedAt: instantOfMs(0),
    merged: shop ? [toMerged(shop)] : [],
    fields,
    origins: {},
  };
}

function toMerged({ epoch, sequence }: Contribution): GoldenEvent['merged'][number] {
  return { system: SHOP, externalId: RECORD, epoch, sequence };
}
