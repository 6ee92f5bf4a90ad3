import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HubError, systemClock, type Clock, type Logger } from '#kernel';
import { SchemaRegistry } from './schema-registry.js';
import type { SchemaSource } from './schema-source.js';

/** Where answers are kept, and how long a registry that did not answer is left alone where a kept answer will do. */
export interface KeptSchemasOptions {
  readonly folder: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly pauseMs?: number;
}

/**
 * Keeps the registry's answers as files, one for each, so that a process starts and reads while the registry is away. The
 * registry is always asked first: a kept answer counts only during an outage, since a registry that was set up anew gives
 * other ids. Ids cannot be made of our own schemas; that is why answers are kept and not computed. Files are written beside
 * and moved into place, so processes may share the folder.
 */
export class KeptSchemas implements SchemaSource {
  private awayUntilMs = 0;

  constructor(
    private readonly registry: SchemaSource,
    private readonly options: KeptSchemasOptions,
  ) {}

  /** @throws HubError as the registry; HUB_REGISTRY_UNREACHABLE only when this schema's id is not kept */
  async register(subject: string, schemaText: string): Promise<number> {
    const file = `${createHash('sha256').update(`${subject}\0${schemaText}`).digest('hex')}.id`;
    return Number(await this.answer(file, async () => String(await this.registry.register(subject, schemaText))));
  }

  /** @throws HubError HUB_REGISTRY_UNREACHABLE when this id's schema is not kept */
  find(id: number): Promise<string | null> {
    return this.answer(`${id}.avsc`, () => this.registry.find(id));
  }

  private async answer<T extends string | null>(file: string, ask: () => Promise<T>): Promise<T | string> {
    const kept = await this.read(file);
    const { clock = systemClock, pauseMs = 10_000, logger } = this.options;
    if (kept !== null && clock.nowMs() < this.awayUntilMs) return kept;
    try {
      const fresh = await ask();
      if (fresh !== null && fresh !== kept) await this.keep(file, fresh);
      return fresh;
    } catch (error) {
      if (kept === null || !isOutage(error)) throw error;
      this.awayUntilMs = clock.nowMs() + pauseMs;
      logger.warn({ code: error.code, reason: error.message }, 'schema registry away, kept schemas are used');
      return kept;
    }
  }

  private async read(file: string): Promise<string | null> {
    try {
      return await readFile(join(this.options.folder, file), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.complain('read', error);
      return null;
    }
  }

  /** Without a copy everything works while the registry does; so a full or read-only disk is worth a warning only. */
  private async keep(file: string, text: string): Promise<void> {
    const { folder } = this.options;
    const beside = join(folder, `${file}.${randomUUID()}`);
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(beside, text);
      await rename(beside, join(folder, file));
    } catch (error) {
      this.complain('written', error);
    }
  }

  private complain(what: string, error: unknown): void {
    this.options.logger.warn({ error, folder: this.options.folder }, `kept schema cannot be ${what}`);
  }
}

function isOutage(error: unknown): error is HubError {
  return error instanceof HubError && error.code === 'HUB_REGISTRY_UNREACHABLE';
}

/** The registry of these servers; with a folder its answers are kept there, apart for each registry. */
export function openSchemas(
  servers: {
    readonly registryUrl: string;
    readonly registryAuthorization?: (() => string) | undefined;
    readonly schemaFolder?: string | undefined;
  },
  logger: Logger,
): SchemaSource {
  const { registryUrl: url, registryAuthorization: authorization, schemaFolder } = servers;
  const registry = new SchemaRegistry({ url, authorization });
  if (schemaFolder === undefined) return registry;
  const ofRegistry = createHash('sha256').update(url).digest('hex').slice(0, 12);
  return new KeptSchemas(registry, { folder: join(schemaFolder, ofRegistry), logger });
}
