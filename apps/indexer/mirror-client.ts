import type { Entity } from '#contracts';
import { HubClient } from '#hub-client';
import type { Logger } from '#kernel';
import type { SystemWrite } from '#record-index';
import { z } from 'zod';

/** Where the connectors are. */
export interface MirrorClientOptions {
  /** Base URLs by system. */
  readonly connectors: ReadonlyMap<string, string>;
  readonly token: string;
  readonly logger: Logger;
}

/** What the mirrors say of one record. */
export interface MirrorAnswers {
  readonly writes: readonly SystemWrite[];
  /** The systems' own ids of it. */
  readonly externalIds: readonly { readonly system: string; readonly externalId: string }[];
  /** Systems whose connector did not answer. */
  readonly silent: readonly string[];
}

const TIMEOUT_MS = 3_000;
const fields = z.record(z.string(), z.union([z.string(), z.boolean(), z.null(), z.record(z.string(), z.string())]));
const mirrorRows = z.array(
  z.object({
    externalId: z.string().nullable(),
    intent: z.object({ operation: z.string(), fields, goldenVersion: z.string(), openedAtMs: z.number() }).nullable(),
    golden: z.object({ version: z.string() }).nullable(),
    writtenVersion: z.string().nullable(),
    attempts: z.number(),
    parked: z.string().nullable(),
    endedWrites: z.array(
      z.object({
        ...{ goldenVersion: z.string(), operation: z.string(), outcome: z.string() },
        ...{ openedAtMs: z.number(), endedAtMs: z.number() },
      }),
    ),
  }),
);
type Row = z.infer<typeof mirrorRows>[number];

/** Asks the connectors what they know of a record's writes. One that is down hides no other. */
export class MirrorClient {
  private readonly client: HubClient;

  constructor(private readonly options: MirrorClientOptions) {
    this.client = new HubClient({ token: options.token, timeoutMs: TIMEOUT_MS });
  }

  async ask(entity: Entity, key: string): Promise<MirrorAnswers> {
    const systems = [...this.options.connectors];
    const rows = await Promise.all(
      systems.map(async ([system, url]) => [system, await this.find(system, url, entity, key)] as const),
    );
    const found = rows.flatMap(([system, own]) => (own ?? []).map((row) => ({ system, row })));
    return {
      writes: found.flatMap(({ system, row }) => toWrites(system, row)),
      externalIds: found.flatMap(({ system, row }) =>
        row.externalId === null ? [] : [{ system, externalId: row.externalId }],
      ),
      silent: rows.filter(([, own]) => own === null).map(([system]) => system),
    };
  }

  /** Null where nobody answers, or something that is no list of mirror rows. */
  private async find(system: string, url: string, entity: Entity, key: string): Promise<readonly Row[] | null> {
    try {
      return mirrorRows.parse(await this.client.get(system, `${url}/mirror/${entity}/${encodeURIComponent(key)}`));
    } catch (error) {
      this.options.logger.warn({ system, url, reason: String(error) }, 'mirror not read');
      return null;
    }
  }
}

function toWrites(system: string, row: Row): SystemWrite[] {
  const ended = row.endedWrites.map(({ goldenVersion: version, operation, outcome, openedAtMs, endedAtMs }) => ({
    ...{ system, version, what: `${operation} ${outcome}`, beganAtMs: openedAtMs, answeredAtMs: endedAtMs, fields: {} },
  }));
  return [...ended, ...toLatest(system, row)];
}

/** What the writes that ended do not say: one under way, or why none is. */
function toLatest(
  system: string,
  { intent, golden, writtenVersion, attempts, parked, endedWrites }: Row,
): SystemWrite[] {
  if (intent) {
    const { operation, fields: written, goldenVersion: version, openedAtMs: beganAtMs } = intent;
    const what = `${operation} under way`;
    return [{ system, version, what, beganAtMs, answeredAtMs: null, fields: written }];
  }
  const none = { system, beganAtMs: null, answeredAtMs: null, fields: {} };
  if (parked !== null) return [{ ...none, version: golden?.version ?? '0', what: `parked: ${parked}` }];
  if (attempts > 0) return [{ ...none, version: golden?.version ?? '0', what: `rejected, ${attempts} in a row` }];
  const isTold = endedWrites.some(({ goldenVersion }) => goldenVersion === writtenVersion);
  return writtenVersion === null || isTold ? [] : [{ ...none, version: writtenVersion, what: 'applied' }];
}
