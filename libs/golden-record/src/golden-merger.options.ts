import type { Entity, TopicNames } from '#contracts';
import type { LiveLimits, SurvivorshipPolicy } from '#hub-file';
import { HubError, type Clock, type Logger, type Metrics, type SystemId } from '#kernel';
import type { IncomingChange } from './merge-page.js';
import type { EventEncoder, GoldenStore } from './ports.js';

/** What golden needs to merge. Policies carry the version in force (see `GoldenStore.adoptPolicy`). */
export interface GoldenMergerOptions {
  readonly store: GoldenStore;
  readonly encoder: EventEncoder;
  readonly topics: TopicNames;
  readonly policies: Readonly<Partial<Record<Entity, SurvivorshipPolicy>>>;
  readonly limits: Readonly<Record<Entity, LiveLimits>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Messages of one partition of one change topic, in offset order. */
export interface ChangePage {
  readonly topic: string;
  readonly partition: number;
  readonly system: SystemId;
  readonly entity: Entity;
  readonly messages: readonly (IncomingChange & { readonly offset: bigint })[];
  /** Offset after the last message read, also where the last ones carry no change. */
  readonly nextOffset: bigint;
}

/** The policy in force. @throws HubError HUB_CONFIG_INVALID when the hub file has none for the entity */
export function policyOf({ policies }: Pick<GoldenMergerOptions, 'policies'>, entity: Entity): SurvivorshipPolicy {
  const policy = policies[entity];
  if (!policy) throw new HubError('HUB_CONFIG_INVALID', `The hub file has no survivorship for ${entity}.`, { entity });
  return policy;
}
