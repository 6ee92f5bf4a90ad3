import type { Entity, ExplainedValue, ExplainReport } from '#contracts';
import type { SurvivorshipPolicy } from '#hub-file';
import { chooseSpeakers, merge } from './merge.js';
import { HUB_SYSTEM } from '#kernel';
import type { KeyRecord } from './ports.js';

/** Why a record is as it is: every field with its rule, every contributor's word on it, and which one won. Pure. */
export function explain(
  entity: Entity,
  record: KeyRecord,
  policy: SurvivorshipPolicy,
  holds: readonly string[],
): ExplainReport | null {
  if (!record.golden) return null;
  const { version, status, policyVersion, changedAt } = record.golden;
  const { origins, fields: merged } = merge(record.contributions, policy);
  const speakers = chooseSpeakers(record.contributions);
  const fields: Record<string, ExplainReport['fields'][string]> = {};
  for (const [name, rule] of Object.entries(policy.fields)) {
    const winner = origins[name]?.system;
    const values = record.contributions.flatMap((contribution): ExplainedValue[] => {
      const { system, externalId, accepted } = contribution;
      const value = accepted?.fields[name];
      if (value === undefined) return [];
      const { at, unread, override } = accepted?.marks[name] ?? { at: null, unread: false };
      const won = system === winner && speakers.get(system) === contribution;
      return [{ system, externalId, value, at, unread, won, ...(override && { override }) }];
    });
    if (winner || values.length > 0) {
      const decidedBy = winner === HUB_SYSTEM ? 'override' : rule.kind;
      fields[name] = { value: merged[name] ?? null, rule: decidedBy, values };
    }
  }
  const head = { entity, key: record.key, version: version.toString(), status, policyVersion, changedAt };
  return { ...head, foreign: version === 0n, fields, holds };
}
