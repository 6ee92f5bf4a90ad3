import { backoffMs, HubError, toHubError, type Clock, type ExternalId, type SystemId } from '#kernel';
import type { SourceReader, SourceWords } from './source-ports.js';

const MAX_ATTEMPTS = 10;

/** A reader that tries again what may work later, after the wait that a system asks for, until `signal` is aborted. */
export class PatientReader implements SourceReader {
  constructor(
    private readonly reader: SourceReader,
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
    private readonly random: () => number = Math.random,
  ) {}

  get systems(): readonly SystemId[] {
    return this.reader.systems;
  }

  read(system: SystemId, cursor: string | null): Promise<SourceWords> {
    return this.patiently(() => this.reader.read(system, cursor));
  }

  fetch(system: SystemId, ids: readonly ExternalId[]): Promise<SourceWords> {
    return this.patiently(() => this.reader.fetch(system, ids));
  }

  private async patiently<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1)
      try {
        return await work();
      } catch (thrown) {
        const error = toHubError(thrown);
        if (error.disposition !== 'retry' || attempt >= MAX_ATTEMPTS || this.signal.aborted) throw error;
        await this.clock.sleep(waitOf(error) ?? backoffMs(attempt, this.random), this.signal);
      }
  }
}

function waitOf({ details }: HubError): number | null {
  const { retryAfterMs, retryAfterSeconds } = details;
  if (typeof retryAfterMs === 'number') return retryAfterMs;
  return typeof retryAfterSeconds === 'number' ? retryAfterSeconds * 1_000 : null;
}
