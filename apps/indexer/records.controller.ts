import { Controller, Get, Inject, Query } from '@nestjs/common';
import { Permission } from '#auth';
import type { RecordsAnswer } from '#contracts';
import { parseInstant } from '#kernel';
import { AnyText, parseRequest } from '#observability';
import { decodeCursor } from '#record-index';
import { z } from 'zod';
import type { RecordQueries } from './record-queries.js';

/** Injection token of {@link RecordQueries}. */
export const RECORD_QUERIES = Symbol('RECORD_QUERIES');

const MOST = 1_000;
const instant = z.string().transform((text, context): number => {
  const parsed = parseInstant(text);
  if (parsed !== null) return Date.parse(parsed);
  context.addIssue({ code: 'custom', message: 'a time with an offset is needed, such as 2026-11-23T04:05:06Z' });
  return z.NEVER;
});
/** Query of `GET /records`. */
export const searchQuery = z.strictObject({
  key: z.string().optional(),
  event: z.string().optional(),
  trace: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'a trace id is 32 hexadecimal digits, in lower case')
    .optional(),
  type: z.string().optional(),
  from: instant.optional(),
  until: instant.optional(),
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(MOST).default(100),
  /** `true`: ask the broker now for the ends that the lag is counted to. */
  fresh: z.enum(['true', 'false']).default('false'),
});

/** HTTP API of the indexer: search. */
@Controller('records')
export class RecordsController {
  constructor(@Inject(RECORD_QUERIES) private readonly queries: RecordQueries) {}

  @Permission('record:read')
  @AnyText()
  @Get()
  search(@Query() sent: unknown): Promise<RecordsAnswer> {
    const {
      event: eventId,
      trace: traceId,
      from: fromMs,
      until: untilMs,
      after,
      fresh,
      ...rest
    } = parseRequest(searchQuery, sent);
    const query = {
      ...rest,
      eventId,
      traceId,
      fromMs,
      untilMs,
      after: after === undefined ? after : decodeCursor(after),
    };
    const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
    return this.queries.search({ ...given, limit: rest.limit }, { isFresh: fresh === 'true' });
  }
}
