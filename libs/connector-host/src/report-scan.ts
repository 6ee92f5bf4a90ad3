import type { Entity, ScanProgress, ScanReport } from '#contracts';
import { instantOfMs } from '#kernel';
import type { RoundMirror } from '#mirror';
import { costOfScan, minutesLeft, type ScanCost, type ScanState, type ScanStore } from '#reconciliation';
import type { EntityContext, HostContext } from './host-context.js';

/** What scanning an entity costs at the rate that the account allows, and how far the scan under way is. */
export async function reportScan(
  context: HostContext,
  { entity, capabilities }: EntityContext,
  mirror: RoundMirror,
  scans: ScanStore,
): Promise<ScanReport> {
  const scan = await scans.findAny(entity);
  const cost = costOfScan({
    ...costPerCall(context, entity),
    records: scan?.total ?? (await mirror.countLive(entity)),
  });
  const by = capabilities.digest ? 'digests' : 'pages';
  const progress = scan && toProgress(scan, cost, context.clock.nowMs());
  return { system: context.system, entity, by, ...cost, progress };
}

function costPerCall(
  { connector, settings }: HostContext,
  entity: Entity,
): Omit<ScanCost, 'records' | 'pages' | 'minutes'> {
  const { pageSize, callsPerSecond } = connector.readCost?.(entity) ?? { pageSize: null, callsPerSecond: null };
  return { pageSize: pageSize ?? settings.pageSize, callsPerSecond };
}

function toProgress(scan: ScanState, cost: ScanCost, nowMs: number): ScanProgress {
  const { roundId, pages, scanned, resumedAt, restarted, phase, beganAtMs } = scan;
  const isRead = phase !== 'reading';
  const left = isRead ? 0 : minutesLeft(cost, scan, nowMs);
  const counts = { roundId, pages, scanned, resumedAt, restarted, isRead };
  return { ...counts, minutesLeft: left, beganAt: instantOfMs(beganAtMs) };
}
