import type { ExplainReport, Hold, RoundReport } from '#contracts';
import { untilAgreed } from '../agreed.js';
import { untilSettled } from '../settled.js';
import type { Agreement } from '../stores/agreement.js';
import { grouped, type Findings, type SceneFigures } from '../report.js';
import { pause, until } from '../wait.js';
import type { Scene, World } from '../world.js';

/** The hub had this long to write something that it must not write. */
const QUIET_MS = 1_500;

/** Scene 4: both sides go wrong at once; both are held before anything is written. */
export const badDay: Scene = {
  name: 'bad-day',
  title: ({ scale }) =>
    `Scene 4: a bad day: 10 % of the shop damaged, and ${grouped(scale.zeroed)} prices of the ERP set to zero`,
  run: async (world: World, findings: Findings): Promise<Partial<SceneFigures>> => {
    await untilAgreed(world, ['product', 'price']);
    await untilSettled(world, Date.now());
    const auditId = await world.stores.lastWrite();
    const damaged = await damageShop(world);
    const zeroed = await world.stores.zeroPrices(world.stores.scale.zeroed); // the merchant's one wrong statement
    const { round, live } = await untilHeld(world);
    await pause(QUIET_MS);
    const written = await world.stores.foreignWrites(auditId);
    findings.expect('statements by which the hub wrote into the shop while both were held', [], written);
    await showStatus(world, [round, live], findings);
    showHolds(world, [round, live]);
    await world.follow.untilSeen();
    // The hold counts what was repaired in the last 24 hours too; the round itself found only what is damaged now.
    const { changed } = await world.hub.reconciler<RoundReport>(`/rounds/${round.id}`);
    findings.expect('records of the round held', damaged, changed);
    findings.expect('prices held', zeroed, live.count);
    const repaired = await approveRepair(world, round, findings);
    await rejectPrices(world, live, findings);
    world.screen.table(
      ['what happened', 'records', 'held by rule', 'limit', 'written while held', 'decision', 'now'],
      [
        ['shop products damaged', damaged, round.rule, round.limit, written.length, 'approved', `${repaired} repaired`],
        ['ERP prices set to 0', zeroed, live.rule, live.limit, written.length, 'rejected', 'the shop keeps its prices'],
      ],
    );
    const [product, price] = await repairErp(world);
    findings.expect('products of the shop that differ in the end', [], product?.unequal.slice(0, 5));
    findings.expect('prices of the shop that differ in the end', [], price?.unequal.slice(0, 5));
    const held = changed + live.count;
    return { planted: damaged + zeroed, found: held, false: held - damaged - zeroed, fixed: repaired, held };
  },
};

/** Somebody's script ruins a tenth of the catalogue, behind the hub's back. */
function damageShop({ stores }: World): Promise<number> {
  return stores.damageShop(stores.products.filter((_, index) => index % 10 === 0).map(({ sku }) => sku));
}

async function untilHeld({ hub, screen }: World): Promise<{ readonly round: Hold; readonly live: Hold }> {
  screen.progress('reconcile shop product');
  await hub.cli.json<{ rounds: RoundReport[] }>(['reconcile', 'shop', 'product', '--wait'], (line) =>
    screen.progress(line),
  );
  return until('both are held', async () => {
    const holds = await hub.openHolds();
    const [round, live] = [holds.find(({ kind }) => kind === 'round'), holds.find(({ kind }) => kind === 'live')];
    screen.progress(`held: ${holds.map(({ rule, count }) => `${count} by ${rule}`).join(', ')}`);
    return round && live && { round, live };
  });
}

/** `plumbline status` says what is held, why, and which command settles it. */
async function showStatus({ hub, screen }: World, holds: readonly Hold[], findings: Findings): Promise<void> {
  const { code, stdout } = await hub.cli.run(['status']);
  screen.quote('plumbline status', stdout.slice(Math.max(0, stdout.indexOf('HELD'))));
  findings.expect('exit code of plumbline status while something is held', 3, code);
  for (const { id, reason } of holds)
    for (const text of [reason, `plumbline approve ${id}`, `plumbline reject ${id}`])
      if (!stdout.includes(text)) findings.fail(`plumbline status does not say: ${text}`);
}

/** On the page, too; who waits there for the reader may decide there. */
function showHolds({ follow }: World, holds: readonly Hold[]): void {
  for (const { id, kind, system, entity, reason, count } of holds)
    follow.show(`Held: ${kind === 'live' ? 'the prices' : 'the repairs'}`, `/holds/${kind}/${encodeURIComponent(id)}`, [
      ...[`Held: ${system} ${entity}`, grouped(count), reason, ...(follow.waits ? ['Approve', 'Reject'] : [])],
    ]);
}

/** @returns records proven to be repaired */
async function approveRepair({ hub, screen, stores }: World, hold: Hold, findings: Findings): Promise<number> {
  if (await isOpen(hub, hold)) await hub.cli.json(['approve', hold.id, '--yes']);
  const done = await until(
    'the repair is verified',
    async () => {
      const round = await hub.reconciler<RoundReport>(`/rounds/${hold.id}`);
      screen.progress(`repair: ${round.state}, ${round.fixed} fixed`);
      return ['verified', 'clean', 'failed', 'held'].includes(round.state) && round;
    },
    { timeoutMs: 180_000, everyMs: 200 },
  );
  findings.expect('state of the round after its approval', 'verified', done.state);
  const { unequal } = await stores.compare('product');
  findings.expect('products that still differ after the repair', [], unequal.slice(0, 5));
  return done.fixed;
}

/** Not any more where the reader has decided on the page. */
async function isOpen(hub: World['hub'], { id }: Hold): Promise<boolean> {
  return (await hub.openHolds()).some((hold) => hold.id === id);
}

async function rejectPrices({ hub, stores }: World, hold: Hold, findings: Findings): Promise<void> {
  const auditId = await stores.lastWrite();
  if (await isOpen(hub, hold)) await hub.cli.json(['reject', hold.id, '--yes']);
  await pause(QUIET_MS);
  findings.expect('prices of zero in the shop after the rejection', 0, await stores.countZeroPricesInShop());
  const written = await stores.foreignWrites(auditId);
  findings.expect(
    'writes of the hub into prices after the rejection',
    [],
    written.filter((text) => text.includes('price')),
  );
}

/** The merchant restores the prices; golden hears it, and nothing is held any more. */
async function repairErp(world: World): Promise<Agreement[]> {
  const { stores, hub } = world;
  await stores.restorePrices();
  const product = stores.products[Math.min(stores.scale.zeroed, stores.products.length) - 1];
  const path = `/explain/price/${encodeURIComponent(`${product?.sku}|standard|EUR||`)}`;
  await until(
    'golden has heard of the restored prices',
    async () => {
      const { fields } = await hub.golden<ExplainReport>(path);
      const said = fields['amount']?.values.find(({ system }) => system === 'erp');
      return Number(said?.value) > 0 && (await hub.openHolds()).length === 0;
    },
    { everyMs: 200 },
  );
  return untilAgreed(world, ['product', 'price']);
}
