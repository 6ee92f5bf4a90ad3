import type { Entity, Grant, SystemMode } from '#contracts';
import type { SystemId } from '#kernel';

/** How one canonical field is found in a system; the same shape as the connector SDK's FieldMapping. */
export interface HubFieldMapping {
  readonly from: string | Readonly<Record<string, string>>;
  readonly factor?: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly scale?: number;
  readonly maxLength?: number;
  readonly zone?: string;
  readonly readOnly?: boolean;
}

/** One entity of one system; the same shape as the connector SDK's EntityMapping. */
export interface HubEntityMapping {
  readonly source: string;
  readonly key: readonly string[];
  readonly fields: Readonly<Record<string, HubFieldMapping>>;
  readonly options: Readonly<Record<string, unknown>>;
}

/** One system of the hub file. */
export interface HubSystem {
  readonly id: SystemId;
  /** Connector kind: `sql`, `files`. */
  readonly connector: string;
  /** The mode wished for; the mode in force is the connector's database's (`plumbline apply` changes it). */
  readonly mode: SystemMode;
  /** Connector configuration, `${VARIABLE}` references already replaced. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly entities: Readonly<Partial<Record<Entity, HubEntityMapping>>>;
}

/** Who wins a field. Systems are in falling rank. */
export type FieldRule =
  | { readonly kind: 'owner'; readonly system: SystemId }
  | { readonly kind: 'priority'; readonly systems: readonly SystemId[] }
  | { readonly kind: 'last-writer-wins'; readonly systems: readonly SystemId[] };

/** Survivorship of one entity. Fields without a rule are in no golden record. */
export interface SurvivorshipPolicy {
  /** Rises when the policy changes; a record never goes back to a lower one. */
  readonly version: number;
  /** Systems whose live record makes the golden record exist. */
  readonly create: readonly SystemId[];
  /** Systems whose delete ends it. */
  readonly delete: readonly SystemId[];
  readonly fields: Readonly<Record<string, FieldRule>>;
}

/** Limits of one entity on the live path, per source batch (architecture §4.8) and, but for `changed`, per window. */
export interface LiveLimits {
  /** Source batches less than this apart are counted together (ADR 0006); one second to one day. */
  readonly windowMs: number;
  /** Changed records of one batch over this share of the catalogue (0–1) are held; never below `minChanged` records. */
  readonly maxChangedShare: number;
  readonly minChanged: number;
  /** Deletes of one batch over the larger of share and count are held. */
  readonly maxDeleteShare: number;
  readonly minDeletes: number;
  /** Per decimal field: more than `max` records of one batch whose value becomes zero are held. */
  readonly toZero: Readonly<Record<string, { readonly max: number }>>;
  /** Per decimal field: more than `max` records of one batch changed by more than `percent` are held. */
  readonly changedBy: Readonly<Record<string, { readonly percent: number; readonly max: number }>>;
}

/** Limits of repairs of one (system, entity), over a rolling 24 hours (architecture §4.8). */
export interface RepairLimits {
  readonly maxChangedShare: number;
  readonly minChanged: number;
  readonly maxDeleteShare: number;
  readonly minDeletes: number;
  /** A scan that holds this share fewer records than the mirror knew is held. */
  readonly maxShrinkShare: number;
}

/** A receiver of signed events (Standard Webhooks). */
export interface HubWebhook {
  readonly name: string;
  /** May hold a secret: not for logs. */
  readonly url: string;
  /** One, or two while it is changed; the newest first. */
  readonly secrets: readonly string[];
  /** Null for all. */
  readonly entities: readonly Entity[] | null;
  /** For one attempt. */
  readonly timeoutMs: number;
  /** Hosts that may be private, or be asked by plain http. */
  readonly allowedHosts: readonly string[];
}

/** A PostgreSQL database of a team's own that the page may seed. */
export interface HubStore {
  readonly name: string;
  /** Holds a password: not for logs, nor for browsers. */
  readonly url: string;
  /** Schema that its tables are made in; it must be there. */
  readonly schema: string;
}

/** What the reconciler does by itself. */
export interface ReconcileSettings {
  /** Between two rounds of one entity of one system. */
  readonly everyMs: number;
  /** So long a round that ended is kept, with its drift and its hold. */
  readonly keepRoundsMs: number;
  /** So long an entry of the audit is kept. */
  readonly keepAuditMs: number;
  /** Share of an account's rate (0–1) that rounds may take; live calls come first all the same. */
  readonly maxRateShare: number;
  /** Golden fields by whose values drift is told apart; see `categoriesOf` for those of entities not named here. */
  readonly categories?: Readonly<Partial<Record<Entity, readonly string[]>>>;
}

/** What a store is held to; parts that are null are not. */
export interface Objective {
  /** This share of all keys (0–1) was found equal by a complete scan within `withinMs`. */
  readonly confirmedEqual: number | null;
  /** The window of `confirmedEqual` and `converge`. */
  readonly withinMs: number;
  /** This share of the drift found within the window (0–1) was gone within `ms`. */
  readonly converge: { readonly share: number; readonly ms: number } | null;
  /** No open drift is older. */
  readonly openDriftMs: number | null;
}

/** Objectives of all stores that the selectors name; null is all. */
export interface ObjectiveRule {
  readonly system: SystemId | null;
  readonly entity: Entity | null;
  readonly objective: Partial<Objective>;
}

/** Who may do what, beyond the roles that every hub has. */
export interface HubAccess {
  /** Roles of this hub, by name. */
  readonly roles: Readonly<Record<string, readonly Grant[]>>;
  /** Approvals of more records than this need two persons; null: none does. */
  readonly fourEyesAbove: number | null;
  /** Whether the audit also keeps who read what. */
  readonly auditsReads: boolean;
  /** What is not given has a default. */
  readonly limits: { readonly requestsPerMinute?: number; readonly loginsPerMinute?: number };
}

/** A checked hub file. */
export interface HubFile {
  readonly hub: {
    readonly name: string;
    /** Empty, or ending in a dot: topics, job queues and database schemas of several hubs do not collide. */
    readonly topicPrefix: string;
    /** First of the loopback ports: admin is port, golden port+1, reconciler port+2, notifier port+3, connectors port+10 on in the file's order. */
    readonly port: number;
    /** Partitions of change, golden and history topics; fixed when they are created. Default 6. */
    readonly partitions?: number;
  };
  /** In the order of the file. */
  readonly systems: readonly HubSystem[];
  readonly survivorship: Readonly<Partial<Record<Entity, SurvivorshipPolicy>>>;
  readonly liveLimits: Readonly<Record<Entity, LiveLimits>>;
  readonly repairLimits: Readonly<Record<Entity, RepairLimits>>;
  readonly reconcile: ReconcileSettings;
  /** In the order of the file: of two that set the same part for a store the later one counts. */
  readonly objectives?: readonly ObjectiveRule[];
  readonly webhooks?: readonly HubWebhook[];
  /** Entities that the gateway follows and serves as Atom feeds, beside those that seeds made; without it there is no gateway. */
  readonly feeds?: readonly Entity[];
  /** Stores that the page may seed; the command line takes any address. */
  readonly stores?: readonly HubStore[];
  readonly access?: HubAccess;
}

/** One problem of a hub file. Lines and columns count from 1. */
export interface HubFileProblem {
  readonly line: number;
  readonly column: number;
  /** Where in the file: `systems.shop.entities.product.fields.nmae`. */
  readonly path: string;
  readonly message: string;
  /** What to do, for example `Did you mean "name"?`. */
  readonly hint: string;
}
