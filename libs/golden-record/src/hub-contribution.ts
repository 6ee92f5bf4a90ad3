import { equalValues } from '#canonical';
import type { ContributionEvent, Entity, FieldMark, RevertedField } from '#contracts';
import type { SurvivorshipPolicy } from '#hub-file';
import { HUB_SYSTEM, type ExternalId, type Instant } from '#kernel';
import type { Contribution } from './contribution.js';
import { chooseSpeakers, merge } from './merge.js';
import { wordsOn } from './override.js';
import type { KeyRecord } from './ports.js';

/** Who decides what the hub says, when and why. */
export interface HubDecision {
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
  readonly policy: SurvivorshipPolicy;
}

/**
 * The hub's whole contribution to a record after it says these values as well; what it said of other fields stays. Where the
 * others come to the value by themselves, the hub takes its own word back instead: nothing is left to override. Pure.
 */
export function toHubContribution(
  entity: Entity,
  { key, contributions }: KeyRecord,
  changes: readonly RevertedField[],
  { by, reason, at, policy }: HubDecision,
): ContributionEvent {
  const externalId = key as string as ExternalId;
  const said = contributions.find((one) => one.system === HUB_SYSTEM);
  const others = contributions.filter(({ system }) => system !== HUB_SYSTEM);
  const ruled = merge(others, policy).fields;
  const speakers = chooseSpeakers(others);
  const isKept = (name: string): boolean => !changes.some(({ field }) => field === name);
  const own = changes.filter(({ field, before }) => !equalValues(ruled[field], before));
  const marked = own.map(({ field }): [string, FieldMark] => {
    return [field, { at, unread: false, override: { by, reason, overrules: wordsOn(field, speakers) } }];
  });
  return {
    ...{ entity, system: HUB_SYSTEM, externalId, key, status: 'live', observedAt: at, ...nextPlace(said) },
    fields: {
      ...only(said?.accepted?.fields, isKept),
      ...Object.fromEntries(own.map((one) => [one.field, one.before])),
    },
    marks: { ...only(said?.accepted?.marks, isKept), ...Object.fromEntries(marked) },
  };
}

function nextPlace(said: Contribution | undefined): Pick<ContributionEvent, 'epoch' | 'sequence'> {
  return said ? { epoch: said.epoch, sequence: said.sequence + 1n } : { epoch: 1, sequence: 1n };
}

function only<Value>(
  all: Readonly<Record<string, Value>> = {},
  isKept: (name: string) => boolean,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => isKept(name)));
}
