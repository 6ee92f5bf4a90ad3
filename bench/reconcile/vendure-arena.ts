import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ScratchHub, type ServerAddresses } from '#hub-runner';
import { benchProducts } from '../real-import/erp.js';
import { BenchShop } from '../real-import/shop.js';
import { ROOT } from '../stack.js';
import type { ApiArena } from './api-arena.js';
import type { ArenaOptions } from './arena.js';
import { closeAll, connect, profiling, startHub, type Closers } from './bench-hub.js';
import { openCallCounter } from './call-counter.js';
import { VENDURE_SHOP, VendureDrift } from './vendure-stores.js';

/** As many at once as were fastest in the bench `real-import`. */
const PARALLEL = 4;
/** A scan's page names a window of ids; nothing else names so many. */
const SCANNED_IDS = 1_000;

/** Where the servers and the shop are. */
export type VendureAddresses = ServerAddresses & { readonly VENDURE_URL: string };

/** Builds a channel of products in a real Vendure, which the hub itself reads, and plants the drift after that. */
export async function openVendureArena(
  servers: VendureAddresses,
  { count, drift, profileFolder }: ArenaOptions,
): Promise<ApiArena> {
  const closers: Closers = [];
  const close = (): Promise<void> => closeAll(closers);
  try {
    const { channelToken, planting } = await fillChannel(servers, { count, drift }, closers);
    const line = await openCallCounter(servers.VENDURE_URL, isPage);
    closers.push(() => line.close());
    const hub = await ScratchHub.create({
      ...{ root: ROOT, folder: join(ROOT, '.plumbline/bench'), servers, systems: VENDURE_SHOP, logLevel: 'info' },
      environment: { SHOP_ADDRESS: line.url, SHOP_CHANNEL: channelToken },
      ...profiling(profileFolder),
    });
    closers.push(() => hub.drop());
    await startHub(hub, count);
    await planting.plant();
    const { planted } = planting;
    return { hub, planted: () => Promise.resolve(planted), calls: () => Promise.resolve(line.calls()), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Makes the products in a new channel, the extra ones too, which are hidden until the drift is planted. */
async function fillChannel(
  servers: VendureAddresses,
  { count, drift }: Pick<ArenaOptions, 'count' | 'drift'>,
  closers: Closers,
): Promise<{ readonly channelToken: string; readonly planting: VendureDrift }> {
  const prefix = `RV${randomBytes(3).toString('hex').toUpperCase()}`;
  const shop = await BenchShop.open(servers.VENDURE_URL, prefix);
  closers.push(() => shop.close());
  const tables = await connect(shopDatabase(servers), 'public', closers);
  const products = benchProducts(prefix, count + drift.extra);
  const perS = await shop.createBare(products, PARALLEL);
  console.log(`${products.length} products made in Vendure, ${perS.toFixed(1)} a second`);
  const skus = products.map(({ sku }) => sku);
  const planting = new VendureDrift(tables, skus, drift);
  closers.push(() => planting.reveal());
  await planting.hideExtra();
  return { channelToken: shop.channelToken, planting };
}

/** The fragment of Vendure's address names its database on the same server. */
function shopDatabase({ DATABASE_URL, VENDURE_URL }: VendureAddresses): string {
  const url = new URL(DATABASE_URL);
  url.pathname = new URL(VENDURE_URL).hash.slice(1);
  return url.href;
}

function isPage(body: string): boolean {
  const { variables } = JSON.parse(body) as {
    variables?: { options?: { filter?: { id?: { in?: readonly string[] } } } };
  };
  return variables?.options?.filter?.id?.in?.length === SCANNED_IDS;
}
