import { Permission } from '#auth';
import type { DriftReport, OverRepresented, StoreDrift } from '#contracts';
import { systemClock } from '#kernel';
import { parseRequest } from '#observability';
import { toCsv, toHtml, type ReportQuery } from '#reconciliation';
import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import { ReconcilerService } from './reconciler.service.js';
import { reportSchema } from './requests.js';

/** A page or table of foreign texts runs nothing, and is stored by nobody on the way. */
const SAFE = [
  ['Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'"],
  ['X-Content-Type-Options', 'nosniff'],
  ['Cache-Control', 'no-store'],
] as const;

/** How drift stands: the report in three forms, objectives, and what the drift of a round has in common. */
@Controller()
export class ReportController {
  constructor(@Inject(ReconcilerService) private readonly reconciler: ReconcilerService) {}

  @Permission('drift:read')
  @Get('report')
  report(@Query() query: unknown): Promise<DriftReport> {
    return this.reconciler.reporter.report(toQuery(query));
  }

  @Permission('drift:read')
  @Get('report.html')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header(...SAFE[0])
  @Header(...SAFE[1])
  @Header(...SAFE[2])
  async html(@Query() query: unknown): Promise<string> {
    return toHtml(await this.reconciler.reporter.report(toQuery(query)));
  }

  @Permission('drift:export')
  @Get('report.csv')
  @Header('Content-Type', 'text/csv; charset=utf-8; header=present')
  @Header('Content-Disposition', 'attachment; filename="drift.csv"')
  @Header(...SAFE[1])
  @Header(...SAFE[2])
  async csv(@Query() query: unknown): Promise<string> {
    return toCsv(await this.reconciler.reporter.report(toQuery(query)));
  }

  @Permission('drift:read', 'answer')
  @Get('drift')
  drift(@Query() query: unknown): Promise<StoreDrift[]> {
    return this.reconciler.reporter.storesNow(toQuery(query));
  }

  @Permission('drift:read')
  @Get('rounds/:id/attribution')
  attribution(@Param('id') id: string): Promise<OverRepresented[]> {
    return this.reconciler.reporter.attributeRound(id);
  }
}

function toQuery(sent: unknown): ReportQuery {
  const { since, system, entity } = parseRequest(reportSchema, sent);
  return { sinceMs: systemClock.nowMs() - since, system: system ?? null, entity: entity ?? null };
}
