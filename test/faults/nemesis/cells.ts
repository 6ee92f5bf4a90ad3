import { FAILPOINTS } from '#connector-host/testing';
import {
  cut,
  fillDisk,
  findFakeTime,
  flushAll,
  halfOpen,
  killAt,
  killServer,
  killService,
  latency,
  pauseService,
  skewClock,
  startWithoutRegistry,
  type Strike,
} from './strikes.js';
import { findUnparked, poison, stormGroup, truncation } from './topic-strikes.js';
import { SERVICES, type Complaint, type Service, type World } from './world.js';

/** One fault made to one part. */
export interface Cell {
  /** `fault part`; unique. */
  readonly name: string;
  readonly fault: string;
  readonly part: string;
  readonly strike: Strike;
  /** What must hold besides the checker's rules. */
  readonly after?: (world: World) => Promise<Complaint[]>;
  /** Why it cannot be made on this machine; null when it can. */
  readonly missing?: (world: World) => string | null;
  /** After it the hub cannot come to rest: `after` judges alone, and the cell has a hub of its own. */
  readonly isLast?: true;
}

function cell(fault: string, part: string, strike: Strike, more: Partial<Cell> = {}): Cell {
  return { name: `${fault} ${part}`, fault, part, strike, ...more };
}

const [LINKS, SERVERS] = [['kafka', 'postgres'] as const, ['kafka', 'postgres', 'registry', 'valkey'] as const];
const CLOCKS: readonly Service[] = ['connector-erp', 'golden', 'connector-shop'];

function noDisk(server: 'kafka' | 'postgres') {
  return ({ stack }: World): string | null =>
    stack.disks[server] ? null : 'this account may not mount a disk of its own';
}

const noFakeTime = (): string | null => (findFakeTime() ? null : 'faketime is not installed: apt-get install faketime');

/** The reader's and the second reader's places are passed by either connector; the others only where something is written. */
const KILLED_AT = FAILPOINTS.filter((name) => !/^(?:rereader|scan):/.test(name));

/** Every cell, in the order in which they run; the last ones need a hub of their own. */
export const CELLS: readonly Cell[] = [
  ...SERVICES.map((service) => cell('kill', service, killService(service))),
  ...KILLED_AT.map((name) => {
    const service = name.startsWith('reader:') ? 'connector-erp' : 'connector-shop';
    return cell('failpoint', `${service}@${name}`, killAt(service, name));
  }),
  ...SERVICES.map((service) => cell('pause', service, pauseService(service))),
  ...LINKS.map((server) => cell('cut', server, cut(server))),
  ...LINKS.map((server) => cell('half-open', server, halfOpen(server))),
  ...LINKS.map((server) => cell('latency', server, latency(server))),
  ...SERVERS.map((server) => cell('kill-server', server, killServer(server))),
  cell('flushall', 'valkey', flushAll),
  ...CLOCKS.map((service) => cell('registry-away', service, startWithoutRegistry(service))),
  cell('rebalance', 'golden', stormGroup),
  cell('poison', 'golden', poison, { after: findUnparked }),
  ...CLOCKS.map((service) => cell('clock', service, skewClock(service), { missing: noFakeTime })),
  cell('disk-full', 'kafka', fillDisk('kafka'), { missing: noDisk('kafka') }),
  cell('disk-full', 'postgres', fillDisk('postgres'), { missing: noDisk('postgres') }),
  cell('truncated', 'golden', ...lastOf(truncation())),
];

function lastOf({ strike, after }: ReturnType<typeof truncation>): [Strike, Partial<Cell>] {
  return [strike, { after, isLast: true }];
}

/** 25 cells that touch every fault and every part. */
const FULL = [
  ...['kill connector-erp', 'kill golden', 'kill connector-shop', 'kill reconciler'],
  ...['failpoint connector-erp@reader:page-stored', 'failpoint connector-shop@golden:page-stored'],
  'failpoint connector-shop@writer:answered',
  ...['pause golden', 'pause connector-shop'],
  ...['cut kafka', 'cut postgres', 'half-open kafka', 'half-open postgres', 'latency kafka'],
  ...['kill-server kafka', 'kill-server postgres', 'kill-server registry', 'kill-server valkey'],
  ...['flushall valkey', 'registry-away golden', 'rebalance golden', 'poison golden', 'clock connector-shop'],
  ...['disk-full kafka', 'truncated golden'],
];

const SMOKE = ['kill golden', 'failpoint connector-shop@writer:answered', 'cut kafka'];

/** Named sets of cells. */
export type CellSet = 'full' | 'matrix' | 'smoke';

/** The cells of a set, in the order of the matrix. */
export function cellsOf(set: CellSet): readonly Cell[] {
  if (set === 'matrix') return CELLS;
  const wanted = new Set(set === 'full' ? FULL : SMOKE);
  return CELLS.filter(({ name }) => wanted.has(name));
}
