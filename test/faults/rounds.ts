import type { RoundReport } from '#contracts';
import type { HubProcesses } from '#hub-runner';
import { sleep } from './workload.js';

const ROUND_MS = 60_000;

/** A reconcile round that should have found nothing, and did not end so. */
export interface UncleanRound {
  readonly fault: 'unclean-round';
  readonly key: string;
  readonly detail: string;
}

/** When writes have stopped, a reconcile round of each system finds nothing. */
export async function findUncleanRounds(processes: HubProcesses): Promise<UncleanRound[]> {
  const findings: UncleanRound[] = [];
  for (const system of ['erp', 'shop']) {
    await waitForRounds(processes);
    await processes.call('reconciler', '/rounds', { system });
    const newest = (await waitForRounds(processes)).find((round) => round.system === system);
    if (newest?.state !== 'clean')
      findings.push({ fault: 'unclean-round', key: system, detail: JSON.stringify(newest) });
  }
  return findings;
}

/** Waits until no round is open. @returns the latest rounds, newest first */
async function waitForRounds(processes: HubProcesses): Promise<readonly RoundReport[]> {
  const endsAt = Date.now() + ROUND_MS;
  for (;;) {
    const rounds = await processes.call<RoundReport[]>('reconciler', '/rounds?limit=50');
    const isOpen = rounds.some(({ endedAt }) => endedAt === null);
    if (!isOpen || Date.now() > endsAt) return rounds;
    await sleep(200);
  }
}
