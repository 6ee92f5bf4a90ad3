import { MASK } from '#auth';
import type { Entity, ScanReport, SourceRecord } from '#contracts';
import type { HubServices } from '#hub-client';
import { HubError, type Clock, type ExternalId, type SystemId } from '#kernel';
import { partitionOf } from '#messaging-kafka';
import {
  compileShape,
  SourcedPages,
  SourceGathering,
  sourcesOf,
  type SourceReader,
  type SourceScan,
  type SourceStage,
  type SourceWord,
  type SourceWords,
  type TopicPages,
} from '#replay';
import { PostgresSourceStage, type Database } from '#store-postgres';
import type { SeedCluster, SeedSubject } from './seed-cluster.js';

/** What sources are reached and staged with. */
export interface SourceAccess {
  /** Of whoever may export records, personal fields included. */
  readonly services: HubServices;
  /** The hub's database of seeds. */
  readonly database: Database;
  readonly clock: Clock;
  /** Differences beyond the hub file's limits are accepted. */
  readonly acceptsDifferences?: boolean;
  readonly onScan?: (scan: SourceScan) => void;
}

/** The sources of one seed, opened. */
export interface OpenSources {
  readonly gathering: SourceGathering;
  readonly stage: SourceStage;
  /** The topic as the sources correct it. */
  readonly pages: TopicPages;
  /** What scanning each system costs, one after another. @throws HubError HUB_SERVICE_UNREACHABLE */
  cost(): Promise<readonly ScanReport[]>;
}

/** @param targetName names what is staged @throws HubError HUB_REQUEST_INVALID for an entity that no system is asked for */
export function openSources(
  { file }: SeedCluster,
  { entity, shape }: SeedSubject,
  topic: { readonly pages: TopicPages; readonly targetName: string },
  { services, database, clock, acceptsDifferences = false, onScan }: SourceAccess,
): OpenSources {
  const policy = file.survivorship[entity];
  if (!policy) throw new HubError('HUB_REQUEST_INVALID', `The hub file has no survivorship of ${entity}.`, { entity });
  const view = compileShape(entity, shape);
  const systems = sourcesOf(policy);
  const stage = new PostgresSourceStage(database, topic.targetName);
  const reader = new HubSourceReader(services, entity, systems);
  const limits = acceptsDifferences ? null : file.liveLimits[entity];
  const gathering = new SourceGathering({
    ...{ entity, policy, view, reader, stage, pages: topic.pages, partitionOf, clock, limits },
    ...(onScan && { onScan }),
  });
  return { gathering, stage, pages: new SourcedPages(topic.pages, stage, view), cost: () => reader.cost() };
}

/** Asks the connectors of a hub. */
class HubSourceReader implements SourceReader {
  constructor(
    private readonly services: HubServices,
    private readonly entity: Entity,
    readonly systems: readonly SystemId[],
  ) {}

  async read(system: SystemId, cursor: string | null): Promise<SourceWords> {
    return this.ask(system, { cursor });
  }

  async fetch(system: SystemId, ids: readonly ExternalId[]): Promise<SourceWords> {
    return this.ask(system, { ids });
  }

  async cost(): Promise<readonly ScanReport[]> {
    const reports = await Promise.all(this.systems.map((system) => this.services.scans(system)));
    return reports.flat().filter(({ entity }) => entity === this.entity);
  }

  private async ask(system: SystemId, choice: Parameters<HubServices['source']>[2]): Promise<SourceWords> {
    const { records, silent, next } = await this.services.source(system, this.entity, choice);
    return { words: records.map((record) => toWord(system, record)), silent: silent as ExternalId[], next };
  }
}

/** @throws HubError HUB_FORBIDDEN for a token that may not see personal fields: a mask is no value */
function toWord(
  system: SystemId,
  { externalId, key, epoch, sequence, status, fields, marks }: SourceRecord,
): SourceWord {
  if (Object.values(fields).includes(MASK))
    throw new HubError('HUB_FORBIDDEN', 'Seeding from the sources needs a token that may read personal fields.', {
      system,
    });
  const contribution = { system, externalId, epoch, sequence: BigInt(sequence), rejected: {} };
  return { system, externalId, key, contribution: { ...contribution, accepted: { status, fields, marks } } };
}
