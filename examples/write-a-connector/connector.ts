import {
  checkMapping,
  type Capabilities,
  type ChangePage,
  type CheckReport,
  type Connector,
  type ConnectorContext,
  type ConnectorDefinition,
  type DiscoveredEntity,
  type EntityMapping,
  type FetchResult,
  type FetchSelector,
  type KeyRange,
  type RecordWrite,
  type ScanPage,
  type WriteOutcome,
} from '#connector-sdk';
import { ENTITIES, type Entity } from '#contracts';
import { HubError, toHubError, type ExternalId } from '#kernel';
import { z } from 'zod';
import { applyWrites } from './apply.js';
import { ArticleClient } from './client.js';
import { toPage } from './mapping.js';

const configSchema = z.strictObject({
  url: z.url(),
  token: z.string().min(1),
  timeoutMs: z.int().min(100).max(120_000).default(10_000),
  allowedHosts: z.array(z.string()).default([]),
});

/** Configuration of one article service. */
export type ArticlesConfig = z.infer<typeof configSchema>;

/** The articles of a shop, by its HTTP service. */
export const articlesConnector: ConnectorDefinition<ArticlesConfig> = {
  id: 'articles',
  title: 'Articles of a shop, as JSON over HTTP',
  configSchema,
  secretFields: ['token'],
  open: (context) => new ArticlesConnector(context),
};

class ArticlesConnector implements Connector {
  private readonly client: ArticleClient;

  constructor(private readonly context: ConnectorContext<ArticlesConfig>) {
    this.client = new ArticleClient(context.config);
  }

  capabilities(): Capabilities {
    return {
      changes: 'feed',
      deleteEvents: true,
      precondition: 'version',
      versionOrder: 'numeric',
      searchByKey: true,
      digest: false,
      bulkSize: 100,
      landingMs: this.context.config.timeoutMs,
    };
  }

  async check(): Promise<CheckReport> {
    const problems = Object.entries(this.context.mappings).flatMap(([entity, mapping]) =>
      checkMapping(mapping, ENTITIES[entity as Entity]).map((problem) => `${entity}: ${problem}`),
    );
    try {
      const { name, version, mayWrite } = await this.client.about();
      if (this.context.mode === 'write' && !mayWrite)
        problems.push('The token may only read: mode write needs another.');
      return { reachable: true, version: `${name} ${version}`, canWrite: mayWrite, problems };
    } catch (error) {
      const { message } = toHubError(error);
      return { reachable: false, version: null, canWrite: false, problems: [message, ...problems] };
    }
  }

  async discover(): Promise<readonly DiscoveredEntity[]> {
    const { articles } = await this.client.list('', null, 1);
    const names = Object.keys(articles[0] ?? {});
    const fields = names.map((name) => ({ name, type: 'json', nullable: true }));
    return [{ name: 'articles', fields, approximateCount: null }];
  }

  async changes(entity: Entity, cursor: string | null, limit: number): Promise<ChangePage> {
    const read = await this.client.changes(cursor ?? '0', limit);
    return { ...toPage(entity, this.mappingOf(entity), read.articles), cursor: String(read.cursor), more: read.more };
  }

  async scan(entity: Entity, range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage> {
    const { articles, next } = await this.client.list(after ?? range.from ?? '', range.to, limit);
    return { ...toPage(entity, this.mappingOf(entity), articles), next: next as ExternalId | null };
  }

  async fetch(entity: Entity, selector: FetchSelector): Promise<FetchResult> {
    const wanted = selector.by === 'key' ? { skus: selector.keys } : { ids: selector.ids };
    return toPage(entity, this.mappingOf(entity), await this.client.find(wanted));
  }

  async apply(entity: Entity, writes: readonly RecordWrite[]): Promise<readonly WriteOutcome[]> {
    if (this.context.mode === 'observe')
      throw new HubError('HUB_INVARIANT_BROKEN', `${this.context.system} is in mode observe: it is not written.`);
    return applyWrites({ client: this.client, entity, mapping: this.mappingOf(entity) }, writes);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private mappingOf(entity: Entity): EntityMapping {
    const mapping = this.context.mappings[entity];
    if (!mapping) throw new HubError('HUB_CONFIG_INVALID', `${this.context.system} has no mapping for ${entity}.`);
    return mapping;
  }
}
