import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import { Permission } from '#auth';
import type { AuditDetail, AuditPage, AuditVerification } from '#contracts';
import { parseRequest } from '#observability';
import { ACTS, type Acts } from './acts.js';
import { auditFilter, auditPlace, auditQuery, toAuditFilter } from './audit-request.js';
import type { HubAudit } from './hub-audit.js';
import { Actor } from './session.guard.js';
import { HUB_AUDIT } from './tokens.js';

/** Who did what, and whether anything of it was changed. */
@Controller('api')
export class AuditController {
  constructor(
    @Inject(HUB_AUDIT) private readonly audit: HubAudit,
    @Inject(ACTS) private readonly acts: Acts,
  ) {}

  @Permission('audit:read')
  @Get('audit')
  list(@Query() query: unknown): Promise<AuditPage> {
    const { limit, before = {}, ...filter } = parseRequest(auditQuery, query);
    return this.audit.log.page(toAuditFilter(filter), before, limit);
  }

  @Permission('audit:read')
  @Get('audit/verify')
  verify(): Promise<AuditVerification> {
    return this.audit.verify();
  }

  /** An export is kept itself. */
  @Permission('audit:export')
  @Get('audit/export.csv')
  @Header('content-type', 'text/csv; charset=utf-8')
  @Header('content-disposition', 'attachment; filename="plumbline-audit.csv"')
  export(@Query() query: unknown, @Actor() actor: string): Promise<string> {
    const filter = parseRequest(auditFilter, query);
    const subject = new URLSearchParams(filter as Record<string, string>).toString() || 'all';
    const act = { actor, act: 'audit.exported', subject, reason: null };
    return this.acts.run(act, () => this.audit.log.export(toAuditFilter(filter)));
  }

  @Permission('audit:read')
  @Get('audit/:service/:seq')
  entry(@Param() params: unknown): Promise<AuditDetail> {
    const { service, seq } = parseRequest(auditPlace, params);
    return this.audit.log.get(service, seq);
  }
}
