import type { Connector } from '#connector-sdk';
import type { Entity, ScanProgress, ScanReport } from '#contracts';
import { instantOfMs } from '#kernel';
import type { RoundMirror } from '#mirror';
import { costOfScan, minutesLeft, type ScanCost, type ScanState, type ScanStore } from '#reconciliation';
import type { EntityContext, HostContext } from './host-context.js';

/** Whose scan it is. */
type ScannedContext = Pick<HostContext, 'system' | 'clock'> & {
  readonly connector: Pick<Connector, 'readCost'>;
  readonly settings: Pick<HostContext['settings'], 'pageSize'>;
};

/** What scanning an entity costs at the rate that the account allows, and how far the scan under way is. */
export async function reportScan(
  context: ScannedContext,
  { entity, capabilities }: Pick<EntityContext, 'entity' | 'capabilities'>,
  mirror: Pick<RoundMirror, 'countLive'>,
  scans: Pick<ScanStore, 'findAny'>,
): Promise<ScanReport> {
  const scan = await scans.findAny(entity);
  const cost = costOfScan({
    ...costPerCall(context, entity, capabilities.walk === true),
    records: scan?.total ?? (await mirror.countLive(entity)),
  });
  const by = capabilities.digest ? 'digests' : 'pages';
  const progress = scan && toProgress(scan, cost, context.clock.nowMs());
  return { system: context.system, entity, by, ...cost, progress };
}

/** A walk's page is as large as the system's own; any other is no larger than what is asked for. */
function costPerCall(
  { connector, settings }: ScannedContext,
  entity: Entity,
  isWalked: boolean,
): Omit<ScanCost, 'records' | 'pages' | 'minutes'> {
  const { pageSize, callsPerSecond } = connector.readCost?.(entity) ?? { pageSize: null, callsPerSecond: null };
  const asked = settings.pageSize;
  return { pageSize: isWalked ? (pageSize ?? asked) : Math.min(pageSize ?? asked, asked), callsPerSecond };
}

function toProgress(scan: ScanState, cost: ScanCost, nowMs: number): ScanProgress {
  const { roundId, pages, scanned, resumedAt, restarted, phase, beganAtMs } = scan;
  const isRead = phase !== 'reading';
  const left = isRead ? 0 : minutesLeft(cost, scan, nowMs);
  const counts = { roundId, pages, scanned, resumedAt, restarted, isRead };
  return { ...counts, minutesLeft: left, beganAt: instantOfMs(beganAtMs) };
}
