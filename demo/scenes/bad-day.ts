import type { ExplainReport, Hold, RoundReport } from '#contracts';
import { untilAgreed } from '../agreed.js';
import { untilSettled } from '../settled.js';
import { compareShop, type Agreement } from '../stores/agreement.js';
import type { Findings, SceneFigures } from '../report.js';
import { pause, until } from '../wait.js';
import type { Scene, World } from '../world.js';
import { findHubWrites, lastAuditId } from './shop-audit.js';

const ZEROED = 2_000;
/** The hub had this long to write something that it must not write. */
const QUIET_MS = 1_500;

/** Scene 4: both sides go wrong at once; both are held before anything is written. */
export const badDay: Scene = {
  name: 'bad-day',
  title: 'Scene 4: a bad day: 10 % of the shop damaged, and 2,000 prices of the ERP set to zero',
  run: async (world: World, findings: Findings): Promise<Partial<SceneFigures>> => {
    await untilAgreed(world, ['product', 'price']);
    await untilSettled(world, Date.now());
    const auditId = await lastAuditId(world.stores.shop);
    const damaged = await damageShop(world);
    const zeroed = await zeroPrices(world);
    const { round, live } = await untilHeld(world);
    await pause(QUIET_MS);
    const written = await findHubWrites(world.stores.shop, auditId);
    findings.expect('statements by which the hub wrote into the shop while both were held', [], written);
    await showStatus(world, [round, live], findings);
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
  return stores.shop.behindTheBack([
    [
      `UPDATE product SET
         title_de = CASE id % 3 WHEN 0 THEN 'ERROR' ELSE title_de END,
         weight_kg = CASE id % 3 WHEN 1 THEN coalesce(weight_kg, 0) + 1000 ELSE weight_kg END,
         is_active = CASE id % 3 WHEN 2 THEN NOT is_active ELSE is_active END
       WHERE sku = ANY ($1)`,
      [stores.products.filter((_, index) => index % 10 === 0).map(({ sku }) => sku)],
    ],
  ]);
}

/** The merchant's one wrong statement. What was there before is kept, as in a backup. */
async function zeroPrices({ stores: { erp } }: World): Promise<number> {
  await erp.query('CREATE TABLE preis_sicherung AS SELECT preis_id, betrag FROM preis');
  const rows = await erp.query('UPDATE preis SET betrag = 0 WHERE preis_id <= $1 RETURNING preis_id', [ZEROED]);
  return rows.length;
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

/** @returns records proven to be repaired */
async function approveRepair({ hub, screen, stores }: World, hold: Hold, findings: Findings): Promise<number> {
  await hub.cli.json(['approve', hold.id, '--yes']);
  const done = await until(
    'the repair is verified',
    async () => {
      const round = await hub.reconciler<RoundReport>(`/rounds/${hold.id}`);
      screen.progress(`repair: ${round.state}, ${round.fixed} fixed`);
      return ['verified', 'clean', 'failed', 'held'].includes(round.state) && round;
    },
    { timeoutMs: 60_000, everyMs: 200 },
  );
  findings.expect('state of the round after its approval', 'verified', done.state);
  const { unequal } = await compareShop(stores, 'product');
  findings.expect('products that still differ after the repair', [], unequal.slice(0, 5));
  return done.fixed;
}

async function rejectPrices({ hub, stores }: World, hold: Hold, findings: Findings): Promise<void> {
  const auditId = await lastAuditId(stores.shop);
  await hub.cli.json(['reject', hold.id, '--yes']);
  await pause(QUIET_MS);
  const [row] = await stores.shop.query<{ count: string }>('SELECT count(*) FROM product_price WHERE amount_cents = 0');
  findings.expect('prices of zero in the shop after the rejection', '0', row?.count);
  const written = await findHubWrites(stores.shop, auditId);
  findings.expect(
    'writes of the hub into prices after the rejection',
    [],
    written.filter((text) => text.includes('price')),
  );
}

/** The merchant restores the prices; golden hears it, and nothing is held any more. */
async function repairErp(world: World): Promise<Agreement[]> {
  const { stores, hub } = world;
  const restore = `
    UPDATE preis SET betrag = s.betrag FROM preis_sicherung s
    WHERE s.preis_id = preis.preis_id AND preis.betrag IS DISTINCT FROM s.betrag`;
  await stores.erp.query(restore);
  const product = stores.products[Math.min(ZEROED, stores.products.length) - 1];
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
