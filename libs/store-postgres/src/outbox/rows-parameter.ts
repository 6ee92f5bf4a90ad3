/** Rows as three parameters of a statement: all of them as one array, their lowest and their highest. */
export function toRowsParameter(sequences: readonly bigint[]): string[] {
  let [lowest, highest] = [sequences[0] ?? 0n, sequences[0] ?? 0n];
  for (const sequence of sequences) {
    if (sequence < lowest) lowest = sequence;
    if (sequence > highest) highest = sequence;
  }
  return [`{${sequences.join()}}`, String(lowest), String(highest)];
}
