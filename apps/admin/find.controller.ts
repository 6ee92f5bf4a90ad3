import { Controller, Get, Inject, Query } from '@nestjs/common';
import { Access, Permission, type RequestAccess } from '#auth';
import { kindOfTopic, type FindAnswer, type FoundGroup, type FoundRecord, type IndexedRecord } from '#contracts';
import { answerOf, type HubServices } from '#hub-client';
import { entitiesOf, type HubFile } from '#hub-file';
import { AnyText, parseRequest } from '#observability';
import { toFindQueries, type FindQuery } from './find-queries.js';
import { findQuery } from './find-request.js';
import { HUB_FILE, SERVICES } from './tokens.js';

const KEYS_PER_ENTITY = 20;
/** A service that is closed to the reader hides no other. */
const CLOSED = ['HUB_FORBIDDEN'] as const;

/** Finds what a text names: golden records, and records of every topic by the index. */
@Controller('api')
export class FindController {
  constructor(
    @Inject(SERVICES) private readonly services: HubServices,
    @Inject(HUB_FILE) private readonly file: HubFile,
  ) {}

  @Permission('record:read', 'answer')
  @AnyText()
  @Get('find')
  async find(@Query() query: unknown, @Access() access: RequestAccess): Promise<FindAnswer> {
    const asked = parseRequest(findQuery, query);
    const [keys, found] = await Promise.all([
      hasKey(asked.q) ? answerOf(this.keys(asked.q, access), CLOSED) : { value: [] },
      answerOf(Promise.all(toFindQueries(asked).map((one) => this.search(one))), CLOSED),
    ]);
    const problems = [keys, found].flatMap((answer) => ('error' in answer ? [answer.error.message] : []));
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
  private async keys(q: string, access: RequestAccess): Promise<FindAnswer['keys']> {
    const reached = entitiesOf(this.file).filter((entity) => access.reaches({ entity }));
    const found = await Promise.all(
      reached.map(async (entity) => {
        const keys = await this.services.keys(entity, q, KEYS_PER_ENTITY);
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

function toFound(prefix: string, record: IndexedRecord): FoundRecord {
  const entity = kindOfTopic(prefix, record.topic)?.entity ?? null;
  return { ...record, entity, recordKey: entity === null ? null : (record.businessKey ?? record.key) };
}

/** Whether a business key may begin so: none has a NUL, as keys of foreign messages may. */
function hasKey(q: string): boolean {
  return q !== '' && !q.includes('\0');
}
