import { HubError } from '#kernel';
import type { SchemaSource } from './schema-source.js';

/** Fake registry for tests: ids count from 1 by text; it can be switched off. */
export class InMemorySchemaSource implements SchemaSource {
  private readonly texts: string[] = [];
  isDown = false;
  /** Number of reads, to see what is cached. */
  reads = 0;

  async register(_subject: string, schemaText: string): Promise<number> {
    this.answer();
    const known = this.texts.indexOf(schemaText);
    return known >= 0 ? known + 1 : this.texts.push(schemaText);
  }

  async find(id: number): Promise<string | null> {
    this.reads += 1;
    this.answer();
    return this.texts[id - 1] ?? null;
  }

  private answer(): void {
    if (this.isDown) throw new HubError('HUB_REGISTRY_UNREACHABLE', 'switched off');
  }
}
