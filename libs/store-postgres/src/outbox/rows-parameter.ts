/** Rows as three parameters of a statement: all of them as one array, their lowest and their highest. */
export function toRowsParameter(sequences: readonly bigint[]): string[] {
  let [lowest, highest] = [sequences[0] ?? 0n, sequences[0] ?? 0n];
  for (const sequence of sequences) {
    if (sequence < lowest) lowest = sequence;
    if (sequence > highest) highest = sequence;
  }
  return [`{${sequences.join()}}`, String(lowest), String(highest)];
}

/** As {@link toRowsParameter}, with null for the array where it holds every number from the lowest to the highest. */
export function toRunParameter(sequences: readonly bigint[]): (string | null)[] {
  const [first, last] = [sequences[0], sequences.at(-1)];
  if (first === undefined || last === undefined || last - first + 1n !== BigInt(sequences.length))
    return toRowsParameter(sequences);
  const isRun = sequences.every((sequence, index) => Number(sequence) === Number(first) + index);
  return isRun ? [null, String(first), String(last)] : toRowsParameter(sequences);
}
