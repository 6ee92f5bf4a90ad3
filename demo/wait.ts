/** How long to wait, and how often to look. */
export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/** Looks again until the probe answers something. @throws Error naming what was waited for, after the time-out */
export async function until<T>(
  what: string,
  probe: () => Promise<T | null | undefined | false>,
  { timeoutMs = 120_000, everyMs = 50 }: WaitOptions = {},
): Promise<T> {
  const endsAtMs = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > endsAtMs) throw new Error(`waited ${timeoutMs / 1000} s in vain for: ${what}`);
    await pause(everyMs);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
