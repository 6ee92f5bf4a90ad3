import { userInfo } from 'node:os';
import {
  accessVariables,
  addressVariables,
  findToken,
  hubVariables,
  loadConfig,
  loadHubFile,
  optionalTokenVariable,
  serverVariables,
  type Environment,
} from '#config';
import { ENTITIES, type Entity } from '#contracts';
import { HubClient, HubServices } from '#hub-client';
import { endpoints, suggest, type HubFile, type HubSystem } from '#hub-file';
import { HubError, type Clock } from '#kernel';
import { z } from 'zod';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { Output } from './output.js';

const TIMEOUT_MS = 30_000;

const configSchema = z.object({
  ...hubVariables,
  ...optionalTokenVariable,
  ...addressVariables,
  ...accessVariables,
  ...z.object(serverVariables).partial().shape,
});

/** Configuration of the CLI: servers may be unset, most commands need none. */
export type CliConfig = z.infer<typeof configSchema>;

/** What the world gives to a run of the CLI. */
export interface CliWorld {
  readonly environment: Environment | undefined;
  readonly clock: Clock;
  /** Asks a question on the terminal; null where nobody can answer. */
  readonly ask: ((question: string) => Promise<string>) | null;
}

/** What commands work with; everything is read when it is first used, so that `--help` needs nothing. */
export class CliContext {
  private code: ExitCode = EXIT.ok;
  private loadedConfig: CliConfig | undefined;
  private loadedHub: HubFile | undefined;

  constructor(
    readonly output: Output,
    private readonly world: CliWorld,
    private readonly options: () => { readonly file?: string | undefined },
  ) {}

  get exitCode(): ExitCode {
    return this.code;
  }

  get clock(): Clock {
    return this.world.clock;
  }

  get environment(): Environment | undefined {
    return this.world.environment;
  }

  /** @throws HubError HUB_CONFIG_INVALID */
  get config(): CliConfig {
    return (this.loadedConfig ??= loadConfig(configSchema, this.world.environment));
  }

  get hubFilePath(): string {
    return this.options().file ?? this.config.PLUMBLINE_HUB_FILE;
  }

  /** The hub file; secrets of systems may be missing, since no command but `check` looks at them. @throws HubError HUB_FILE_INVALID */
  get hub(): HubFile {
    return (this.loadedHub ??= loadHubFile(this.hubFilePath, {
      unsetVariables: 'keep',
      ...(this.world.environment && { env: this.world.environment }),
    }));
  }

  /** The service token; also of `plumbline up`'s token file. @throws HubError HUB_CONFIG_INVALID when there is none */
  get token(): string {
    const token = this.findToken();
    if (token === null) throw new HubError('HUB_CONFIG_INVALID', 'PLUMBLINE_TOKEN is not set; this command needs it.');
    return token;
  }

  get services(): HubServices {
    const { GOLDEN_URL, RECONCILER_URL, NOTIFIER_URL, INDEXER_URL, CONNECTOR_URLS } = this.config;
    const token = this.findToken();
    const overrides = {
      golden: GOLDEN_URL,
      reconciler: RECONCILER_URL,
      notifier: NOTIFIER_URL,
      indexer: INDEXER_URL,
      connectors: CONNECTOR_URLS,
    };
    return new HubServices(new HubClient({ token, timeoutMs: TIMEOUT_MS }), endpoints(this.hub, overrides));
  }

  /** Who decides, for the audit. */
  get actor(): string {
    return `cli:${userInfo().username}`;
  }

  /** The exit code of this run; of several the most pressing counts (4, 3, 2, 1). */
  exit(code: ExitCode): void {
    if (code > this.code) this.code = code;
  }

  /** The systems that a command is about: one by name, or all. @throws HubError HUB_REQUEST_INVALID */
  systems(name: string | undefined): readonly HubSystem[] {
    if (name === undefined) return this.hub.systems;
    const system = this.hub.systems.find(({ id }) => id === name);
    if (system) return [system];
    const hint = suggest(
      name,
      this.hub.systems.map(({ id }) => id),
    );
    throw new HubError('HUB_REQUEST_INVALID', `The hub file has no system "${name}". ${hint}`);
  }

  /** @throws HubError HUB_REQUEST_INVALID for a name that is no entity */
  entity(name: string): Entity {
    if (Object.hasOwn(ENTITIES, name)) return name as Entity;
    throw new HubError('HUB_REQUEST_INVALID', `Unknown entity "${name}". ${suggest(name, Object.keys(ENTITIES))}`);
  }

  /** Asks for a yes; `--yes` must stand in where nobody can answer. @throws HubError HUB_REQUEST_INVALID */
  async confirm(question: string, isGiven: boolean | undefined): Promise<boolean> {
    if (isGiven) return true;
    if (!this.world.ask)
      throw new HubError('HUB_REQUEST_INVALID', 'Nobody can be asked here (no terminal): repeat with --yes.');
    return /^y(es)?$/i.test((await this.world.ask(`${question} [y/N] `)).trim());
  }

  /** A server's address from the environment. @throws HubError HUB_CONFIG_INVALID when it is not set */
  server<Name extends 'KAFKA_BROKERS' | 'REGISTRY_URL' | 'DATABASE_URL' | 'REDIS_URL'>(
    name: Name,
  ): NonNullable<CliConfig[Name]> {
    const value = this.config[name];
    if (value === undefined || value === null)
      throw new HubError('HUB_CONFIG_INVALID', `${name} is not set; this command needs it.`, { problems: [name] });
    return value;
  }

  private findToken(): string | null {
    return this.config.PLUMBLINE_TOKEN ?? findToken(this.config.PLUMBLINE_DATA_DIR);
  }
}
