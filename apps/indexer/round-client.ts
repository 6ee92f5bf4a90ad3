import type { Entity } from '#contracts';
import { HubClient } from '#hub-client';
import type { Logger } from '#kernel';
import type { RoundCheck } from '#record-index';
import { z } from 'zod';

/** Where the reconciler is. */
export interface RoundClientOptions {
  /** Its base URL. */
  readonly url: string;
  readonly token: string;
  readonly logger: Logger;
}

const TIMEOUT_MS = 3_000;
/** Of all systems and entities; the newest. */
const ROUNDS = 500;
/** Of one record; the newest. */
const MOST = 20;
const rounds = z.array(
  z.object({
    ...{ id: z.string(), system: z.string(), entity: z.string(), state: z.string(), scanned: z.number() },
    ...{ startedAt: z.string(), endedAt: z.string().nullable() },
  }),
);
/** In these states every difference was told. */
const COMPARED = new Set(['clean', 'verified']);

/** Asks the reconciler which rounds came to their end. */
export class RoundClient {
  private readonly client: HubClient;

  constructor(private readonly options: RoundClientOptions) {
    this.client = new HubClient({ token: options.token, timeoutMs: TIMEOUT_MS });
  }

  /** Rounds of these systems, the newest of them; null where nobody answers, or something that is no list of rounds. */
  async find(entity: Entity, systems: ReadonlySet<string>): Promise<readonly RoundCheck[] | null> {
    const { url, logger } = this.options;
    try {
      const found = rounds.parse(await this.client.get('reconciler', `${url}/rounds?limit=${ROUNDS}`));
      const checks = found.flatMap(({ id: round, system, state, scanned, startedAt, endedAt, ...rest }) => {
        if (endedAt === null || rest.entity !== entity || !systems.has(system) || !COMPARED.has(state)) return [];
        return [{ round, system, scanned, startedAtMs: Date.parse(startedAt), endedAtMs: Date.parse(endedAt) }];
      });
      return checks.sort((a, b) => b.endedAtMs - a.endedAtMs).slice(0, MOST);
    } catch (error) {
      logger.warn({ url, reason: String(error) }, 'rounds not read');
      return null;
    }
  }
}
