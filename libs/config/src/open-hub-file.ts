import type { HubFile } from '#hub-file';
import { HubError, type Logger } from '#kernel';
import { findVaultSecrets, type Patience, type VaultFindings, type VaultProblem, type WantedSecret } from '#secrets';
import type { Environment } from './load-config.js';
import { loadHubFile, type LoadHubFileOptions } from './load-hub-file.js';
import { secretSourcesOf } from './secret-sources.js';
import { vaultSettingsFrom } from './vault-settings.js';

/** Whether a process needs the secret of this place: `systems.erp.config.url`. */
export type NeedsSecret = (place: string) => boolean;

/** How {@link openHubFile} reads. */
export interface OpenHubFileOptions extends Pick<LoadHubFileOptions, 'env' | 'connectors'> {
  /** Secrets of other places stay as they are written: no process learns what it does not use. */
  readonly needs: NeedsSecret;
  readonly logger: Logger;
  /** For how long a vault that is away or sealed is asked again; by default a minute. */
  readonly waitMs?: number;
}

/** Secrets below a section of the hub file: `systems.erp`, `webhooks`. */
export const below =
  (section: string): NeedsSecret =>
  (place) =>
    place.startsWith(`${section}.`);

/** What became of the secrets that a hub file has in the vault. */
export interface VaultCheck {
  /** References in the file. */
  readonly secrets: number;
  /** False where VAULT_ADDR is not set, so that nothing was looked up. */
  readonly isLookedUp: boolean;
  readonly problems: readonly VaultProblem[];
}

const WAIT_MS = 60_000;

/**
 * Reads a hub file that must be right, with the secrets that this process needs of the vault. The file is checked first; the vault is
 * asked only where there is something to ask.
 * @throws HubError HUB_FILE_INVALID, HUB_CONFIG_INVALID, HUB_VAULT_* with the first problem's code and every problem in its message
 */
export async function openHubFile(path: string, options: OpenHubFileOptions): Promise<HubFile> {
  const { needs, logger, waitMs = WAIT_MS, env = process.env, connectors } = options;
  const wanted = wantedSecrets(path, env, needs);
  const onWait = (error: HubError): void =>
    logger.warn({ code: error.code, reason: error.message, waitMs }, 'waiting for the vault');
  const found = wanted.length === 0 ? null : await findSecrets(wanted, env, { waitMs, onWait });
  const [first] = found?.problems ?? [];
  if (found && first) throw toError(first.error, found.problems);
  const secrets = secretSourcesOf(env, (reference, place) => (needs(place) ? (found?.find(reference) ?? null) : null));
  return loadHubFile(path, { env, secrets, ...(connectors && { connectors }) });
}

/** Looks every secret of the vault up once, and forgets it. @throws HubError HUB_FILE_INVALID, HUB_CONFIG_INVALID */
export async function checkVaultSecrets(path: string, env: Environment = process.env): Promise<VaultCheck> {
  const wanted = wantedSecrets(path, env, () => true);
  const isLookedUp = wanted.length > 0 && vaultSettingsFrom(env) !== null;
  const problems = isLookedUp ? (await findSecrets(wanted, env, { waitMs: 0 })).problems : [];
  return { secrets: wanted.length, isLookedUp, problems };
}

function wantedSecrets(path: string, env: Environment, needs: NeedsSecret): readonly WantedSecret[] {
  const wanted: WantedSecret[] = [];
  const secrets = secretSourcesOf(env, (reference, place) => {
    if (needs(place)) wanted.push({ ...reference, place });
    return null;
  });
  loadHubFile(path, { env, secrets });
  return wanted;
}

function findSecrets(wanted: readonly WantedSecret[], env: Environment, patience: Patience): Promise<VaultFindings> {
  const settings = vaultSettingsFrom(env);
  if (settings) return findVaultSecrets(wanted, settings, patience);
  const places = wanted.map(({ place }) => place).join(', ');
  const message = `VAULT_ADDR is not set, and the hub file has secrets in the vault: ${places}.`;
  throw new HubError('HUB_CONFIG_INVALID', message, { problems: ['VAULT_ADDR: is not set'] });
}

function toError(first: HubError, problems: readonly VaultProblem[]): HubError {
  const lines = problems.map(({ places, error }) => `${places.join(', ')}: ${error.code}: ${error.message}`);
  const message = `Secrets of the hub file can't be had from the vault:\n  ${lines.join('\n  ')}`;
  return new HubError(first.code, message, { problems: lines }, { cause: first });
}
