import type { Follow } from './follow.js';
import type { DemoHub } from './hub.js';
import type { RunFile } from './run-file.js';
import type { Findings, SceneFigures, Screen } from './report.js';
import type { BusinessStores } from './stores/business-stores.js';

/** What scene 1 leaves for scene 6. */
export interface PriceMemory {
  readonly sku: string;
  /** Business key of the price. */
  readonly key: string;
  readonly before: string;
  readonly after: string;
  /** An instant at which the price before was in force. */
  readonly beforeAt: string;
}

/** Everything that a scene works with. */
export interface World {
  readonly stores: BusinessStores;
  readonly hub: DemoHub;
  readonly screen: Screen;
  /** Leads the reader to the page. */
  readonly follow: Follow;
  /** When the shop was filled. */
  readonly loadedAtMs: number;
  /** Address of the PostgreSQL server, for databases that scenes create. */
  readonly serverUrl: string;
  /** Takes what scenes create on the servers. */
  readonly runFile: RunFile;
  firstPrice: PriceMemory | null;
}

/** One scene of the demo; it must not rely on another one, but for scene 6 on the price of scene 1. */
export interface Scene {
  readonly name: string;
  title(stores: BusinessStores): string;
  run(world: World, findings: Findings): Promise<Partial<SceneFigures>>;
}
