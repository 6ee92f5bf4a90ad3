import type { GoldenStatus } from '#contracts';
import type { SystemId } from '#kernel';
import type { DemoHub } from './hub.js';
import { grouped, type Screen } from './report.js';
import { untilAgreed } from './agreed.js';
import { ENTITIES } from './stores/agreement.js';
import type { BusinessStores } from './stores/business-stores.js';
import { changePrice } from './stores/change-price.js';
import { until } from './wait.js';

const TIMEOUT_MS = 600_000;
const SETTLED_LATENCY_MS = 1_000;
const MAX_PROBES = 5;

/** The first load: the hub reads the owners' stores, then `plumbline apply` lets it write the shop. */
export async function loadShop(hub: DemoHub, stores: BusinessStores, screen: Screen): Promise<void> {
  const owners = ownersOf(hub);
  const total = 3 * stores.products.length + stores.customers.length;
  const startedAtMs = Date.now();
  await until(
    'golden has merged every record',
    async () => {
      const status = await hub.golden<GoldenStatus>('/status');
      const live = status.entities.reduce((sum, entity) => sum + entity.live, 0);
      screen.progress(`golden records: ${grouped(live)} of ${grouped(total)}`);
      return live === total && (await isReadyToWrite(hub, stores));
    },
    { timeoutMs: TIMEOUT_MS, everyMs: 300 },
  );
  screen.line(`  ${grouped(total)} golden records merged from ${owners.join(', ')} in ${seconds(startedAtMs)}.`);
  const filledFromMs = Date.now();
  await until('the shop may be written', async () => (await hub.cli.run(['apply', '--yes'])).code === 0, {
    timeoutMs: TIMEOUT_MS,
  });
  await until(
    'the shop is filled',
    async () => {
      const count = await stores.countShop();
      screen.progress(`\`plumbline apply\`: shop has ${grouped(count)} of ${grouped(total)} records`);
      return count === total;
    },
    { timeoutMs: TIMEOUT_MS, everyMs: 300 },
  );
  const agreed = await untilAgreed({ stores, screen }, ENTITIES, TIMEOUT_MS);
  const tookSeconds = seconds(filledFromMs);
  const unequal = agreed.flatMap((one) => one.unequal);
  if (unequal.length > 0)
    throw new Error(`After the load ${unequal.length} records differ: ${unequal.slice(0, 5).join(', ')}`);
  screen.line(
    `  \`plumbline apply\` set the shop to write: ${grouped(total)} records written in ${tookSeconds}, all equal.`,
  );
  await settle(stores, screen);
}

/** The hub still reads back what it wrote: the load is over when a change passes through as quickly as it will. */
async function settle(stores: BusinessStores, screen: Screen): Promise<void> {
  const sku = stores.products.at(-1)?.sku ?? '';
  for (let probe = 1; probe <= MAX_PROBES; probe += 1) {
    screen.progress('waiting until the load has settled');
    const change = await changePrice(stores, sku);
    if (change && change.latencyMs < SETTLED_LATENCY_MS) return;
  }
}

/** Every text of the PIM and every contact has been merged, and the shop's connector knows all of it. */
async function isReadyToWrite(hub: DemoHub, stores: BusinessStores): Promise<boolean> {
  const [lastProduct, lastCustomer] = [stores.products.at(-1), stores.customers.at(-1)];
  const plan = await hub.shopPlan();
  const isMerged = async (path: string, field: string): Promise<boolean> => {
    const { fields } = await hub.golden<{ readonly fields: object }>(path);
    return Object.hasOwn(fields, field);
  };
  return (
    plan.writeAllowed &&
    plan.entities.every(({ lag }) => lag === 0) &&
    (await isMerged(`/explain/product/${encodeURIComponent(lastProduct?.sku ?? '')}`, 'name')) &&
    (await isMerged(`/explain/customer/${encodeURIComponent(lastCustomer?.number ?? '')}`, 'email')) &&
    (await isQuiet(hub))
  );
}

async function isQuiet(hub: DemoHub): Promise<boolean> {
  const systems = await Promise.all(ownersOf(hub).map((system) => hub.systemStatus(system)));
  return (
    systems.every(({ outboxRows }) => outboxRows === 0) && (await hub.golden<GoldenStatus>('/status')).outboxRows === 0
  );
}

function seconds(sinceMs: number): string {
  return `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;
}

/** All systems but the shop. */
function ownersOf({ file }: DemoHub): SystemId[] {
  return file.systems.map(({ id }) => id).filter((id) => id !== 'shop');
}
