import client, { type Counter, type Gauge, type Histogram, type Registry } from 'prom-client';
import { HubError, type Labels, type Metrics } from '#kernel';

/** Metrics that can be read in Prometheus' text format. */
export interface ReadableMetrics extends Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

/** Settings of {@link createMetrics}. */
export interface MetricsOptions {
  /** Also memory, event loop and garbage collection of this process. Default true; one registry a process needs it. */
  readonly processMetrics?: boolean;
}

const MS_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 60_000];
/** From a second to a day: what a background process takes. */
const CONVERGE_BUCKETS_S = [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400];
const COUNT_BUCKETS = [1, 10, 50, 100, 500, 1000, 5000, 10_000, 100_000, 1_000_000];

/** Metrics in a registry of their own. The label names of a metric are those of its first use. */
export function createMetrics(options: MetricsOptions = {}): ReadableMetrics {
  const register = new client.Registry();
  if (options.processMetrics ?? true) client.collectDefaultMetrics({ register });
  const series = new SeriesByName(register);
  return {
    count: (name, by, labels = {}) => series.counter(name, labels).inc(labels, by),
    gauge: (name, value, labels = {}) => series.gauge(name, labels).set(labels, value),
    observe: (name, value, labels = {}) => series.histogram(name, labels).observe(labels, value),
    contentType: register.contentType,
    text: () => register.metrics(),
  };
}

class SeriesByName {
  private readonly counters = new Map<string, Counter>();
  private readonly gauges = new Map<string, Gauge>();
  private readonly histograms = new Map<string, Histogram>();

  constructor(private readonly register: Registry) {}

  counter(name: string, labels: Labels): Counter {
    return this.get(this.counters, name, () => new client.Counter(this.settings(name, labels)));
  }

  gauge(name: string, labels: Labels): Gauge {
    return this.get(this.gauges, name, () => new client.Gauge(this.settings(name, labels)));
  }

  histogram(name: string, labels: Labels): Histogram {
    return this.get(
      this.histograms,
      name,
      () => new client.Histogram({ ...this.settings(name, labels), buckets: bucketsOf(name) }),
    );
  }

  private get<T>(known: Map<string, T>, name: string, make: () => T): T {
    const found = known.get(name);
    if (found) return found;
    if (this.register.getSingleMetric(name))
      throw new HubError('HUB_INVARIANT_BROKEN', `The metric ${name} is used as two kinds.`, { name });
    const made = make();
    known.set(name, made);
    return made;
  }

  private settings(
    name: string,
    labels: Labels,
  ): { name: string; help: string; labelNames: string[]; registers: Registry[] } {
    return { name, help: name.replaceAll('_', ' '), labelNames: Object.keys(labels), registers: [this.register] };
  }
}

function bucketsOf(name: string): number[] {
  if (name.endsWith('_ms')) return MS_BUCKETS;
  if (name.endsWith('_converge_seconds')) return CONVERGE_BUCKETS_S;
  return name.endsWith('_seconds') ? MS_BUCKETS.map((ms) => ms / 1000) : COUNT_BUCKETS;
}
