/** Structured log: facts first, then a short constant message. Never payloads or secrets. */
export interface Logger {
  debug(facts: Readonly<Record<string, unknown>>, message: string): void;
  info(facts: Readonly<Record<string, unknown>>, message: string): void;
  warn(facts: Readonly<Record<string, unknown>>, message: string): void;
  error(facts: Readonly<Record<string, unknown>>, message: string): void;
  /** A logger that adds these facts to every line. */
  child(facts: Readonly<Record<string, unknown>>): Logger;
}

/** Label values of one series, for example `{ system: 'erp', entity: 'price' }`. Keep their number bounded. */
export type Labels = Readonly<Record<string, string>>;

/** Metrics by name (`plumbline_<area>_<thing>_<unit>`); the adapter creates a series at its first use. */
export interface Metrics {
  /** Adds to a counter. */
  count(name: string, by: number, labels?: Labels): void;
  /** Sets a gauge. */
  gauge(name: string, value: number, labels?: Labels): void;
  /** Observes a duration or size in a histogram. */
  observe(name: string, value: number, labels?: Labels): void;
}

/** Drops every line; for tests and tools. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

/** Drops every figure; for tests and tools. */
export const noMetrics: Metrics = { count: () => undefined, gauge: () => undefined, observe: () => undefined };
