import type { HeldKey, HeldKeys } from './held-keys.js';

interface Entry {
  readonly held: HeldKey;
  readonly lastOffset: bigint;
}

/** The port in memory, for tests. */
export class InMemoryHeldKeys implements HeldKeys {
  private readonly entries = new Map<string, Entry>();

  async findHeld(topic: string, keys: readonly string[]): Promise<ReadonlyMap<string, HeldKey>> {
    const found = keys.flatMap((key) => this.entries.get(nameOf(topic, key))?.held ?? []);
    return new Map(found.map((held) => [held.key, held]));
  }

  async hold(held: HeldKey): Promise<void> {
    const name = nameOf(held.topic, held.key);
    if (!this.entries.has(name)) this.entries.set(name, { held, lastOffset: held.firstOffset });
  }

  async moveOn(held: HeldKey): Promise<void> {
    const name = nameOf(held.topic, held.key);
    const entry = this.entries.get(name);
    if (!entry || entry.held.firstOffset >= held.firstOffset) return;
    const lastOffset = entry.lastOffset > held.firstOffset ? entry.lastOffset : held.firstOffset;
    this.entries.set(name, { held, lastOffset });
  }

  async addHeld(topic: string, key: string, offset: bigint): Promise<boolean> {
    const entry = this.entries.get(nameOf(topic, key));
    if (!entry) return false;
    if (offset > entry.lastOffset) this.entries.set(nameOf(topic, key), { held: entry.held, lastOffset: offset });
    return true;
  }

  async findLastHeld(topic: string, key: string): Promise<bigint | null> {
    return this.entries.get(nameOf(topic, key))?.lastOffset ?? null;
  }

  async release(topic: string, key: string, upTo: bigint): Promise<boolean> {
    const last = await this.findLastHeld(topic, key);
    if (last !== null && last > upTo) return false;
    this.entries.delete(nameOf(topic, key));
    return true;
  }
}

/** A topic's name has no space. */
function nameOf(topic: string, key: string): string {
  return `${topic} ${key}`;
}
