import type { Entity } from '#contracts';
import type { CanonicalFields, Clock } from '#kernel';
import type { Capabilities, Connector } from '../connector.js';
import type { FaultyLine } from './faults.js';
import type { SuiteRecord, SuiteShape } from './shape.js';

/**
 * One empty system of a test's own, and the hand of its users: it reads and writes without the connector. Everything
 * optional stands for something that not every kind of system can do; its rules are then not tested.
 */
export interface SystemDriver {
  /**
   * Opens the connector under test on this system, through the target's line if it has one. Called several times: each is
   * a new process to the connector. `timeoutMs` is the connector's time-out; only rules of faults give one.
   */
  open(mode: 'observe' | 'write', clock: Clock, config?: { readonly timeoutMs?: number }): Connector;
  /** Inserts or replaces records, and returns when readers see them. */
  put(records: readonly SuiteRecord[]): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
  /** What the system holds, by key; after a write of the hub this includes it. */
  read(): Promise<ReadonlyMap<string, CanonicalFields>>;
  /** Inserts records that all have the same time of change. */
  putAtOneTime?(records: readonly SuiteRecord[]): Promise<void>;
  /** Puts records in a transaction that stays open; their time of change is the present. */
  putLate?(records: readonly SuiteRecord[]): Promise<{ commit(): Promise<void> }>;
  /** Number of writes that the system has seen so far. */
  countWrites?(): Promise<number>;
  /** Adds a record that no mapping can translate, and names it as the connector will. */
  putUnmappable?(): Promise<string>;
  /** Closes what `open` opened, and removes the system. */
  close(): Promise<void>;
}

/** A connector and the kind of system that it is tested against. */
export interface ConformanceTarget {
  readonly name: string;
  readonly entity: Entity;
  /** What the connector must say of itself; rules for what it can't do are left out. */
  readonly capabilities: Partial<Capabilities> &
    Pick<Capabilities, 'changes' | 'precondition' | 'deleteEvents' | 'digest'>;
  /** How records of the entity look; without it they are products (`productShape`). */
  readonly shape?: SuiteShape;
  /** A weak system whose connector reads and compares before it writes: what changed before that reading is a conflict. */
  readonly comparesBeforeWrite?: boolean;
  /** Values that the system refuses although the mapping allows them; without it that rule is left out. */
  readonly refused?: CanonicalFields;
  /** What can be done to the way between connector and system; without it the rules of faults are left out. */
  readonly line?: FaultyLine | null;
  /** Why there is no line, for the report. */
  readonly noLine?: string;
  setUp(): Promise<SystemDriver>;
}

/** A clock that the test moves; it begins at the present, since systems have their own. */
export class SuiteClock implements Clock {
  private currentMs = Date.now();

  nowMs(): number {
    return this.currentMs;
  }

  advance(ms: number): void {
    this.currentMs += ms;
  }

  async sleep(ms: number): Promise<void> {
    this.advance(ms);
  }
}
