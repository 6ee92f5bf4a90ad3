/**
 * Work that must be done however the program ends, but by kill -9: processes and servers of a run must not outlive it. The
 * work may not wait for anything. @returns what calls it off
 */
export function atExit(work: () => void): () => void {
  const once = (): void => {
    process.off('exit', once);
    work();
  };
  process.on('exit', once);
  return () => void process.off('exit', once);
}

/** Ctrl-C and the like end the program with what {@link atExit} was told; otherwise they would end it at once. */
export function exitOnSignals(): void {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}
