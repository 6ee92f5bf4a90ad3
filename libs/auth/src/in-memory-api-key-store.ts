import type { Instant } from '#kernel';
import type { ApiKeyStore, StoredApiKey } from './api-keys.js';

/** The port in memory, for tests. */
export class InMemoryApiKeyStore implements ApiKeyStore {
  private readonly keys = new Map<string, StoredApiKey>();

  async add(key: StoredApiKey): Promise<void> {
    this.keys.set(key.prefix, key);
  }

  async find(prefix: string): Promise<StoredApiKey | null> {
    return this.keys.get(prefix) ?? null;
  }

  async list(): Promise<readonly StoredApiKey[]> {
    return [...this.keys.values()];
  }

  async revoke(prefix: string, at: Instant): Promise<boolean> {
    const key = this.keys.get(prefix);
    if (!key || key.revokedAt !== null) return false;
    this.keys.set(prefix, { ...key, revokedAt: at });
    return true;
  }

  async touch(prefix: string, at: Instant): Promise<void> {
    const key = this.keys.get(prefix);
    if (key && (key.lastUsedAt === null || key.lastUsedAt < at)) this.keys.set(prefix, { ...key, lastUsedAt: at });
  }
}
