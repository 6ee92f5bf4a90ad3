import { Controller, Get, HttpCode, Inject, Module, Post, Query, type DynamicModule } from '@nestjs/common';
import { Permission, SignedBody } from '#auth';
import type { ParkedReport, ParkedRelease } from '#contracts';
import { instantOfMs, type ErrorCode, type Logger } from '#kernel';
import { z } from 'zod';
import { parseRequest } from './parse-request.js';

/** Parked keys of the app's outbox; the port of `libs/outbox` that its store implements. */
export interface ParkedRows {
  findParked(limit: number): Promise<
    readonly {
      readonly key: string;
      readonly code: ErrorCode;
      readonly reason: string;
      readonly rows: number;
      readonly parkedAt: Date;
      readonly isReleased: boolean;
    }[]
  >;
  /** @returns how many of the keys are parked */
  requestRelease(keys: readonly string[] | 'all'): Promise<number>;
}

/** What the routes of a relay's outbox work with. */
export interface ParkedRowsSources {
  readonly parked: ParkedRows;
  readonly logger: Logger;
}

const SOURCES = Symbol('PARKED_ROWS');
const MOST_KEYS = 1_000;

/** Query of `GET /outbox/parked`. */
export const parkedQuery = z.object({ limit: z.coerce.number().int().min(1).max(MOST_KEYS).default(100) });
/** Body of `POST /outbox/parked/release`. */
export const releaseParkedBody = z.strictObject({
  keys: z.union([z.literal('all'), z.array(z.string()).min(1).max(MOST_KEYS)]),
  actor: z.string().min(1).max(100),
});

/** `/outbox/parked`: what no broker took, the same in every app that runs a relay. */
@Controller('outbox/parked')
export class ParkedRowsController {
  constructor(@Inject(SOURCES) private readonly sources: ParkedRowsSources) {}

  @Permission('outbox:read')
  @Get()
  async list(@Query() query: unknown): Promise<ParkedReport> {
    const { limit } = parseRequest(parkedQuery, query);
    const found = await this.sources.parked.findParked(limit + 1);
    const keys = found.slice(0, limit).map((one) => ({ ...one, parkedAt: instantOfMs(one.parkedAt.getTime()) }));
    return { keys, more: found.length > limit };
  }

  /** The relay sends the rows within seconds, in order; where the reason is still there, they are parked again. */
  @Permission('outbox:release')
  @Post('release')
  @HttpCode(200)
  async release(@SignedBody() body: unknown): Promise<ParkedRelease> {
    const { keys, actor } = parseRequest(releaseParkedBody, body);
    const released = await this.sources.parked.requestRelease(keys);
    this.sources.logger.info({ actor, released, asked: keys === 'all' ? keys : keys.length }, 'parked keys released');
    return { released };
  }
}

/** The routes of an app's outbox. */
@Module({})
export class ParkedRowsModule {
  static forRoot(sources: ParkedRowsSources): DynamicModule {
    return {
      module: ParkedRowsModule,
      controllers: [ParkedRowsController],
      providers: [{ provide: SOURCES, useValue: sources }],
    };
  }
}
