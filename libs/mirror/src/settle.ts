import { equalValues } from '#canonical';
import { backoffMs } from '#kernel';
import type { Intent, MirrorRow, StoredForm } from './mirror-row.js';
import { observe, type Observed, type Reading, type SystemTraits } from './observe.js';
import { MAX_REJECTED } from './plan-write.js';

/** What the system answered to a write, with its readings as {@link Reading}. */
export type WriteAnswer =
  | { readonly kind: 'applied' | 'unchanged'; readonly stored: Reading }
  | { readonly kind: 'conflict'; readonly current: Reading }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** The next row, and whether a change event must be published. */
export type Settled = Observed;

/** Randomness and time as inputs. */
export interface SettleInput {
  readonly nowMs: number;
  readonly random: () => number;
}

/**
 * Closes (or keeps) the row's intent after the system answered. The caller holds the row's lease, and has checked that
 * the answered intent is still the row's. Pure.
 */
export function settle(row: MirrorRow, answer: WriteAnswer, traits: SystemTraits, input: SettleInput): Settled {
  const intent = row.intent;
  if (!intent) return { kind: 'unchanged', row };
  switch (answer.kind) {
    case 'applied':
    case 'unchanged':
      return applied(row, intent, answer.stored, traits);
    case 'conflict':
      return conflict(row, answer.current, traits, input);
    case 'rejected':
      return { kind: 'noted', row: rejected(row, answer.reason, input) };
    case 'unknown':
      return { kind: 'noted', row: later(row, intent.openedAtMs + traits.landingMs, input) };
  }
}

/**
 * What the system returns for our write, at the version that the write produced, is its stored form of the values
 * written: the reading is first put into the form in which the intent recognises itself.
 */
function applied(row: MirrorRow, intent: Intent, stored: Reading, traits: SystemTraits): Settled {
  const storedForms: Record<string, StoredForm> = { ...row.storedForms };
  const fields: Record<string, (typeof stored.fields)[string]> = {};
  for (const [name, wrote] of Object.entries(intent.fields)) {
    const as = stored.fields[name];
    if (as === undefined) continue;
    delete storedForms[name];
    if (!equalValues(wrote, as)) storedForms[name] = { wrote, as };
    fields[name] = as;
  }
  const asStored: Intent = { ...intent, fields: { ...intent.fields, ...fields } };
  const observed = observe({ ...row, intent: asStored }, stored, traits);
  const next: MirrorRow = {
    ...observed.row,
    intent: null,
    storedForms,
    writtenVersion: intent.goldenVersion,
    attempts: 0,
    retryAtMs: 0,
  };
  return { kind: observed.kind === 'authored' ? 'authored' : 'noted', row: next };
}

/** Somebody wrote first: what they wrote is observed before anything else is written. */
function conflict(row: MirrorRow, current: Reading, traits: SystemTraits, input: SettleInput): Settled {
  const observed = observe({ ...row, intent: null }, current, traits);
  const backedOff = later({ ...observed.row, intent: null }, 0, input);
  return { kind: observed.kind === 'authored' ? 'authored' : 'noted', row: backedOff };
}

function rejected(row: MirrorRow, reason: string, input: SettleInput): MirrorRow {
  const next = later({ ...row, intent: null, attempts: row.attempts + 1 }, 0, input);
  return next.attempts < MAX_REJECTED ? next : { ...next, parked: `The system rejected the write: ${reason}` };
}

/** Only rejections count as attempts: however often a system is busy or out of reach, the key is not parked for it. */
function later(row: MirrorRow, notBeforeMs: number, { nowMs, random }: SettleInput): MirrorRow {
  return { ...row, retryAtMs: Math.max(notBeforeMs, nowMs + backoffMs(row.attempts + 1, random)) };
}
