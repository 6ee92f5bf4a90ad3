import { ENTITIES, kindOfTopic, type Entity, type TimelineReport } from '#contracts';
import { HubError } from '#kernel';
import { buildTimeline, type RecordHit, type RecordIndexStore } from '#record-index';
import type { MirrorClient } from './mirror-client.js';
import type { RecordContents } from './record-contents.js';
import type { RecordQueries } from './record-queries.js';
import type { RoundClient } from './round-client.js';

/** What a timeline is made of. */
export interface TimelineQueriesOptions {
  readonly store: Pick<RecordIndexStore, 'search'>;
  readonly records: Pick<RecordQueries, 'completeness'>;
  readonly contents: Pick<RecordContents, 'read'>;
  readonly mirrors: Pick<MirrorClient, 'ask'>;
  readonly rounds: Pick<RoundClient, 'find'>;
  readonly prefix: string;
}

/** Records of one key that are read at most; the newest count. */
const MOST = 500;

/** Everything that happened to one record, from all topics and mirrors. */
export class TimelineQueries {
  constructor(private readonly options: TimelineQueriesOptions) {}

  /** @throws HubError HUB_NOT_FOUND, HUB_BROKER_*, HUB_REGISTRY_UNREACHABLE */
  async find(entityName: string, key: string): Promise<TimelineReport> {
    const entity = toEntity(entityName);
    const { lag, endsAt } = await this.options.records.completeness();
    const mirrors = await this.options.mirrors.ask(entity, key);
    const own = (await this.search(key)).filter(({ topic }) => this.isOf(entity, topic));
    const hits = new Map(own.map((hit) => [placeOf(hit), hit]));
    const ids = [...mirrors.externalIds, ...this.externalIdsOf(own)];
    for (const hit of await this.searchChecks(entity, ids)) hits.set(placeOf(hit), hit);
    if (hits.size === 0 && mirrors.externalIds.length === 0)
      throw new HubError('HUB_NOT_FOUND', `No topic has a record of ${entity} ${key}.`, { entity, key });
    const checks = await this.options.rounds.find(entity, new Set(ids.map(({ system }) => system)));
    const records = await this.options.contents.read([...hits.values()]);
    const entries = buildTimeline(records, { writes: mirrors.writes, checks: checks ?? [] });
    const silent = [...mirrors.silent, ...(checks === null ? ['reconciler'] : [])];
    return { entity, key, entries, isCut: own.length === MOST, silent, lag, endsAt };
  }

  private search(key: string): Promise<RecordHit[]> {
    return this.options.store.search({ key, limit: MOST });
  }

  /** Drift is keyed by the system's own id, and so are dead letters of change events. */
  private async searchChecks(
    entity: Entity,
    ids: readonly { readonly system: string; readonly externalId: string }[],
  ): Promise<RecordHit[]> {
    const found: RecordHit[] = [];
    const keys = new Set(ids.flatMap(({ system, externalId }) => [`${system}/${entity}/${externalId}`, externalId]));
    for (const key of keys) found.push(...(await this.search(key)));
    return found.filter(({ topic }) => ['hub', 'dead-letter'].includes(this.kindOf(topic)?.kind ?? ''));
  }

  private externalIdsOf(hits: readonly RecordHit[]): { readonly system: string; readonly externalId: string }[] {
    return hits
      .filter(({ topic }) => this.kindOf(topic)?.kind === 'change')
      .map(({ topic, key }) => ({
        system: topic.slice(this.options.prefix.length).split('.')[0] ?? '',
        externalId: key,
      }));
  }

  private isOf(entity: Entity, topic: string): boolean {
    const found = this.kindOf(topic);
    return found !== null && (found.entity === entity || found.kind === 'dead-letter');
  }

  private kindOf(topic: string): ReturnType<typeof kindOfTopic> {
    return kindOfTopic(this.options.prefix, topic);
  }
}

function placeOf({ topic, partition, offset }: RecordHit): string {
  return `${topic}/${partition}/${offset}`;
}

function toEntity(name: string): Entity {
  if (Object.hasOwn(ENTITIES, name)) return name as Entity;
  throw new HubError('HUB_NOT_FOUND', `There is no entity ${name}.`, { entity: name, known: Object.keys(ENTITIES) });
}
