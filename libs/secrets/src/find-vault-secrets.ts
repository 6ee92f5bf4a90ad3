import { backoffMs, systemClock, toHubError, type Clock, type HubError } from '#kernel';
import { VaultClient } from './vault-client.js';
import { fieldMissing } from './vault-errors.js';
import type { VaultReference } from './vault-reference.js';
import type { VaultSettings } from './vault-settings.js';

/** A secret that a place of the hub file refers to. */
export interface WantedSecret extends VaultReference {
  /** `systems.erp.config.url` */
  readonly place: string;
}

/** What was wrong, and all places that do without a secret for it. */
export interface VaultProblem {
  readonly places: readonly string[];
  readonly error: HubError;
}

/** The secrets that were found, and why others were not; the map answers null for those. */
export interface VaultFindings {
  readonly problems: readonly VaultProblem[];
  find(reference: VaultReference): string | null;
}

/** How long a vault that is away or sealed is waited for. */
export interface Patience {
  /** For all secrets together; 0 asks once. */
  readonly waitMs: number;
  readonly clock?: Clock;
  /** Told once, before the first wait. */
  readonly onWait?: (error: HubError) => void;
}

type Fields = Readonly<Record<string, unknown>>;
type Reading = { readonly fields: Fields } | { readonly error: HubError };

/**
 * Reads each path once. After a vault that stayed away or sealed nothing more is asked: the rest shares its problem.
 * @throws HubError HUB_INVARIANT_BROKEN
 */
export async function findVaultSecrets(
  wanted: readonly WantedSecret[],
  settings: VaultSettings,
  patience: Patience,
): Promise<VaultFindings> {
  const client = new VaultClient(settings);
  try {
    return toFindings(wanted, await readAll(client, [...new Set(wanted.map(({ path }) => path))], patience));
  } finally {
    await client.close();
  }
}

async function readAll(
  client: VaultClient,
  paths: readonly string[],
  patience: Patience,
): Promise<ReadonlyMap<string, Reading>> {
  const clock = patience.clock ?? systemClock;
  const endsAtMs = clock.nowMs() + patience.waitMs;
  const readings = new Map<string, Reading>();
  let away: Reading | null = null;
  for (const path of paths) {
    const reading: Reading = away ?? (await readPatiently(client, path, { ...patience, clock, endsAtMs }));
    if ('error' in reading && reading.error.disposition === 'retry') away = reading;
    readings.set(path, reading);
  }
  return readings;
}

async function readPatiently(
  client: VaultClient,
  path: string,
  { clock, endsAtMs, onWait }: Patience & { readonly clock: Clock; readonly endsAtMs: number },
): Promise<Reading> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { fields: await client.read(path) };
    } catch (caught) {
      const error = toHubError(caught);
      if (error.disposition === 'crash') throw error;
      const waitMs = backoffMs(attempt, Math.random, 500, 5_000);
      if (error.disposition !== 'retry' || clock.nowMs() + waitMs > endsAtMs) return { error };
      if (attempt === 1) onWait?.(error);
      await clock.sleep(waitMs);
    }
  }
}

function toFindings(wanted: readonly WantedSecret[], readings: ReadonlyMap<string, Reading>): VaultFindings {
  const places = new Map<HubError, string[]>();
  for (const secret of wanted) {
    const reading = readings.get(secret.path);
    const error = reading && ('error' in reading ? reading.error : fieldProblem(reading.fields, secret));
    if (error) places.set(error, [...(places.get(error) ?? []), secret.place]);
  }
  return {
    problems: [...places].map(([error, at]) => ({ error, places: at })),
    find: ({ path, field }) => {
      const reading = readings.get(path);
      return reading && 'fields' in reading ? textOf(reading.fields, field) : null;
    },
  };
}

function fieldProblem(fields: Fields, { path, field }: WantedSecret): HubError | null {
  return textOf(fields, field) === null ? fieldMissing(path, field, Object.hasOwn(fields, field)) : null;
}

function textOf(fields: Fields, field: string): string | null {
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  return typeof value === 'string' ? value : null;
}
