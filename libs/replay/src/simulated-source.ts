import type { GoldenEvent } from '#contracts';
import type { SurvivorshipPolicy } from '#hub-file';
import type { BusinessKey, ExternalId, SystemId } from '#kernel';
import type { SourceReader, SourceWord, SourceWords } from './source-ports.js';

const SYSTEM = 'erp' as SystemId;

/** Keys of the simulation; a page of the source holds two. */
export const KEYS = ['a', 'b', 'c', 'd'].map((key) => key as BusinessKey);

/** One system that owns everything. */
export const POLICY: SurvivorshipPolicy = {
  ...{ version: 1, create: [SYSTEM], delete: [SYSTEM] },
  fields: { brand: { kind: 'owner', system: SYSTEM } },
};

/** The system. */
export class SimulatedSource implements SourceReader {
  readonly systems = [SYSTEM];
  readonly brands = new Map<BusinessKey, string>();

  async read(_system: SystemId, cursor: string | null): Promise<SourceWords> {
    const start = Number(cursor ?? 0);
    const next = start + 2 < KEYS.length ? String(start + 2) : null;
    return { words: KEYS.slice(start, start + 2).flatMap((key) => this.wordOf(key)), silent: [], next };
  }

  async fetch(_system: SystemId, ids: readonly ExternalId[]): Promise<SourceWords> {
    return { words: ids.flatMap((id) => this.wordOf(id as unknown as BusinessKey)), silent: [], next: null };
  }

  private wordOf(key: BusinessKey): SourceWord[] {
    const brand = this.brands.get(key);
    if (brand === undefined) return [];
    const externalId = key as unknown as ExternalId;
    const marks = { brand: { at: null, unread: false } };
    const accepted = { status: 'live' as const, fields: { brand }, marks };
    const contribution = { system: SYSTEM, externalId, epoch: 1, sequence: 1n, accepted, rejected: {} };
    return [{ system: SYSTEM, externalId, key, contribution }];
  }
}

/** What golden makes of a brand; undefined for a deleted record. */
export function toEvent(key: BusinessKey, brand: string | undefined, sequence: bigint): GoldenEvent {
  const status = brand === undefined ? 'deleted' : 'live';
  const contributor = { system: SYSTEM, externalId: key as unknown as ExternalId, epoch: 1, sequence };
  return {
    ...{ entity: 'product', key, version: sequence, sequence, status, policyVersion: 1, merged: [contributor] },
    ...{ changedAt: '2026-11-27T10:00:00.000000Z' as GoldenEvent['changedAt'], fields: { brand: brand ?? 'gone' } },
    origins: { brand: { system: SYSTEM, at: null, rule: 'owner' } },
  };
}
