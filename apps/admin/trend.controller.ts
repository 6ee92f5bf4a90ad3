import { Controller, Get, Inject, Query } from '@nestjs/common';
import { Access, Permission, type RequestAccess } from '#auth';
import type { TrendReport } from '#contracts';
import type { HubFile } from '#hub-file';
import { HubError, systemClock } from '#kernel';
import { parseRequest } from '#observability';
import { trendQuery } from './requests.js';
import { HUB_FILE, TREND } from './tokens.js';
import type { TrendKeeper } from './trend-keeper.js';
import { toTrendReport } from './trend-report.js';

/** How the hub was. */
@Controller('api')
export class TrendController {
  constructor(
    @Inject(TREND) private readonly trend: TrendKeeper,
    @Inject(HUB_FILE) private readonly file: HubFile,
  ) {}

  @Permission('status:read', 'answer')
  @Get('trend')
  async report(@Query() query: unknown, @Access() access: RequestAccess): Promise<TrendReport> {
    const { hours, system = null } = parseRequest(trendQuery, query);
    if (system !== null) this.assertReaches(system, access);
    return toTrendReport(await this.trend.find(hours), { hours, system, nowMs: systemClock.nowMs() }, access);
  }

  /** A system is reached when some entity of it is. @throws HubError HUB_NOT_FOUND */
  private assertReaches(id: string, access: RequestAccess): void {
    const system = this.file.systems.find((one) => one.id === id);
    const isReached = Object.keys(system?.entities ?? {}).some((entity) => access.reaches({ entity, system: id }));
    if (!isReached) throw new HubError('HUB_NOT_FOUND', `There is no system ${id}.`, { system: id });
  }
}
