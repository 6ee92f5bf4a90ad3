import { Controller, Get, Inject, Query } from '@nestjs/common';
import { Permission } from '#auth';
import { kindOfTopic, type FindAnswer, type FoundGroup, type FoundRecord, type IndexedRecord } from '#contracts';
import type { HubServices } from '#hub-client';
import { entitiesOf, type HubFile } from '#hub-file';
import { parseRequest } from '#observability';
import { toHubError } from '#kernel';
import { toFindQueries, type FindQuery } from './find-queries.js';
import { findQuery } from './find-request.js';
import { reachedOnly } from './reached-only.js';
import { HUB_FILE, SERVICES } from './tokens.js';

const KEYS_PER_ENTITY = 20;

/** Finds what a text names: golden records, and records of every topic by the index. */
@Controller('api')
export class FindController {
  constructor(
    @Inject(SERVICES) private readonly services: HubServices,
    @Inject(HUB_FILE) private readonly file: HubFile,
  ) {}

  @Permission('record:read', 'answer')
  @Get('find')
  async find(@Query() query: unknown): Promise<FindAnswer> {
    const asked = parseRequest(findQuery, query);
    const [keys, found] = await Promise.all([
      asked.q === '' ? { value: [] } : settle(this.keys(asked.q)),
      settle(Promise.all(toFindQueries(asked).map((one) => this.search(one)))),
    ]);
    const problems = [keys, found].flatMap((answer) => ('problem' in answer ? [answer.problem] : []));
    const groups = 'value' in found ? found.value : [];
    return {
      keys: 'value' in keys ? keys.value : [],
      groups: groups.map(({ group }) => group).filter(({ records }) => records.length > 0),
      lag: Math.max(0, ...groups.map(({ lag }) => lag)),
      endsAt: groups[0]?.endsAt ?? null,
      problems,
    };
  }

  /** A key that is exactly what was asked for comes first. */
  private async keys(q: string): Promise<FindAnswer['keys']> {
    const found = await Promise.all(
      entitiesOf(this.file).map(async (entity) => {
        const keys = await reachedOnly(this.services.keys(entity, q, KEYS_PER_ENTITY));
        return keys.map((key) => ({ entity, key }));
      }),
    );
    return found.flat().sort((a, b) => Number(b.key === q) - Number(a.key === q));
  }

  private async search({ by, query }: FindQuery): Promise<FoundInIndex> {
    const { records, next, lag, endsAt } = await this.services.records(query);
    const { topicPrefix } = this.file.hub;
    const group = { by, records: records.map((record) => toFound(topicPrefix, record)), isCut: next !== null };
    return { group, lag, endsAt };
  }
}

interface FoundInIndex extends Pick<FindAnswer, 'lag' | 'endsAt'> {
  readonly group: FoundGroup;
}

/** One service that is down, or closed to the reader, hides no other. */
async function settle<T>(call: Promise<T>): Promise<{ readonly value: T } | { readonly problem: string }> {
  try {
    return { value: await call };
  } catch (error) {
    const { code, message } = toHubError(error);
    if (code === 'HUB_SERVICE_UNREACHABLE' || code === 'HUB_FORBIDDEN') return { problem: message };
    throw error;
  }
}

function toFound(prefix: string, record: IndexedRecord): FoundRecord {
  const entity = kindOfTopic(prefix, record.topic)?.entity ?? null;
  return { ...record, entity, recordKey: entity === null ? null : (record.businessKey ?? record.key) };
}
