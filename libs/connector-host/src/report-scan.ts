import type { ScanReport } from '#contracts';
import { instantOfMs } from '#kernel';
import type { RoundMirror } from '#mirror';
import { costOfScan, minutesLeft, type ScanStore } from '#reconciliation';
import type { EntityContext, HostContext } from './host-context.js';

/** What scanning an entity costs at the rate that the account allows, and how far the scan under way is. */
export async function reportScan(
  { system, connector, settings, clock }: HostContext,
  { entity, capabilities }: EntityContext,
  mirror: RoundMirror,
  scans: ScanStore,
): Promise<ScanReport> {
  const scan = await scans.findAny(entity);
  const known = connector.readCost?.(entity);
  const cost = costOfScan({
    records: scan?.total ?? (await mirror.countLive(entity)),
    pageSize: known?.pageSize ?? settings.pageSize,
    callsPerSecond: known?.callsPerSecond ?? null,
  });
  const report = { system, entity, by: capabilities.digest ? ('digests' as const) : ('pages' as const), ...cost };
  if (scan === null) return { ...report, progress: null };
  const { roundId, pages, scanned, resumedAt, restarted, phase, beganAtMs } = scan;
  const isRead = phase !== 'reading';
  const left = isRead ? 0 : minutesLeft(cost, scan, clock.nowMs());
  const progress = { roundId, pages, scanned, resumedAt, restarted, isRead };
  return { ...report, progress: { ...progress, minutesLeft: left, beganAt: instantOfMs(beganAtMs) } };
}
