import type { FaultyLine } from './faults.js';
import type { Connector } from '../connector.js';
import { SuiteClock, type ConformanceTarget, type SystemDriver } from './driver.js';
import { productShape } from './product-shape.js';
import { SuiteRecords } from './shape.js';

/** What a rule is given: an empty system, records for it, the connector on it, and the connector in another process. */
export interface Given {
  readonly driver: SystemDriver;
  readonly records: SuiteRecords;
  readonly connector: Connector;
  readonly clock: SuiteClock;
  /** Another process; with a time-out it is one that hurries. */
  readonly reopen: (config?: { readonly timeoutMs?: number }) => Connector;
}

/** Runs a rule against a system of its own, which goes away afterwards. */
export type WithSystem = (mode: 'observe' | 'write', rule: (given: Given) => Promise<void>) => Promise<void>;

/** {@link WithSystem} for a target. */
export function systemsOf(target: ConformanceTarget): WithSystem {
  const records = new SuiteRecords(target.shape ?? productShape);
  return async (mode, rule) => {
    const driver = await target.setUp();
    const clock = new SuiteClock();
    const opened: Connector[] = [];
    const reopen: Given['reopen'] = (config) => {
      const connector = driver.open(mode, clock, config);
      opened.push(connector);
      return connector;
    };
    try {
      await rule({ driver, records, connector: reopen(), clock, reopen });
    } finally {
      await Promise.all(opened.map((connector) => connector.close()));
      await driver.close();
    }
  };
}

/** A rule with the line between connector and system. */
export type OnLine = (
  mode: 'observe' | 'write',
  rule: (given: Given, line: FaultyLine) => Promise<void>,
) => Promise<void>;
