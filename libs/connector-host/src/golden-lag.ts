import type { MirrorReports } from '#mirror';

/** Golden events of a topic that the mirror has not yet stored. */
export async function goldenLag(
  topic: string,
  parts: {
    readonly reports: Pick<MirrorReports, 'findApplied'>;
    readonly endOffsets: (topic: string) => Promise<ReadonlyMap<number, bigint>>;
  },
): Promise<number> {
  const applied = await parts.reports.findApplied(topic);
  let lag = 0n;
  for (const [partition, end] of await parts.endOffsets(topic)) lag += end - (applied.get(partition) ?? 0n);
  return Number(lag);
}
