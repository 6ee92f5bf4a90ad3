import type { IncomingMessage } from 'node:http';
import {
  Controller,
  Get,
  HttpCode,
  Inject,
  Module,
  Param,
  Post,
  Query,
  Req,
  type DynamicModule,
  type RawBodyRequest,
} from '@nestjs/common';
import { Open, Permission, SignedBody } from '#auth';
import type { CheckReport } from '#connector-sdk';
import type { PlanReport, RestoredReport, ScanReport, SourcePage, SystemMode, SystemStatus } from '#contracts';
import type { ExternalId } from '#kernel';
import { parseRequest } from '#observability';
import { z } from 'zod';
import type { HostAdmin } from './host-admin.js';

/** A URL has its limits. */
const MAX_IDS = 50;

/** Token of {@link HostAdmin}. */
export const HOST_ADMIN = Symbol('HOST_ADMIN');

/** Body of `POST /mode`. */
export const modeBody = z.strictObject({ mode: z.enum(['observe', 'write']), actor: z.string().min(1).max(100) });
/** Body of `POST /restored`. */
export const keepBody = z.strictObject({ keep: z.enum(['hub', 'system']), actor: z.string().min(1).max(100) });
/** Query of `GET /plan`. */
export const planQuery = z.object({ samples: z.coerce.number().int().min(0).max(100).default(5) });

/** Query of `GET /source/{entity}`: a page of all records after `cursor`, or the records of `id`, which may be repeated. */
export const sourceQuery = z.object({
  cursor: z.string().min(1).max(4096).optional(),
  id: z.union([z.string().transform((one) => [one]), z.array(z.string()).max(MAX_IDS)]).optional(),
});

/** HTTP API of a connector host. */
@Controller()
export class HostController {
  constructor(@Inject(HOST_ADMIN) private readonly admin: HostAdmin) {}

  @Permission('status:read', 'answer')
  @Get('status')
  status(): Promise<SystemStatus> {
    return this.admin.status();
  }

  @Permission('system:start', {})
  @Post('check')
  check(): Promise<CheckReport> {
    return this.admin.check();
  }

  @Permission('plan:read', 'answer')
  @Get('plan')
  plan(@Query() query: unknown): Promise<PlanReport> {
    return this.admin.plan(parseRequest(planQuery, query).samples);
  }

  @Permission('plan:read', 'answer')
  @Get('scans')
  scans(): Promise<ScanReport[]> {
    return this.admin.scans();
  }

  @Permission('record:export', { entity: 'param.entity' })
  @Get('source/:entity')
  source(@Param('entity') entity: string, @Query() query: unknown): Promise<SourcePage> {
    const { cursor = null, id } = parseRequest(sourceQuery, query);
    return this.admin.readSource(entity, id ? { ids: id as ExternalId[] } : { cursor });
  }

  @Permission('mode:change', {})
  @Post('mode')
  async mode(@SignedBody() body: unknown): Promise<{ readonly mode: SystemMode }> {
    const { mode, actor } = parseRequest(modeBody, body);
    await this.admin.setMode(mode, actor);
    return { mode };
  }

  @Permission('restored:read', 'answer')
  @Get('restored')
  restored(): Promise<RestoredReport> {
    return this.admin.restored();
  }

  @Permission('restored:approve', {})
  @Post('restored')
  async keep(@SignedBody() body: unknown): Promise<{ readonly keep: 'hub' | 'system' }> {
    const { keep, actor } = parseRequest(keepBody, body);
    await this.admin.keep(keep, actor);
    return { keep };
  }

  /** Signed by the system; needs no token. Read soon, and answered before. */
  @Open('the system signs it')
  @Post('webhook')
  @HttpCode(202)
  webhook(@Req() request: RawBodyRequest<IncomingMessage>): { readonly waiting: number } {
    const headers = Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')]);
    return this.admin.takeWebhook({
      headers: Object.fromEntries(headers) as Readonly<Record<string, string>>,
      body: request.rawBody ?? Buffer.alloc(0),
    });
  }

  @Permission('record:read', { entity: 'param.entity' })
  @Get('mirror/:entity/:key')
  mirror(@Param('entity') entity: string, @Param('key') key: string): Promise<readonly unknown[]> {
    return this.admin.findRows(entity, key);
  }
}

/** The HTTP side of a host. */
@Module({})
export class HostModule {
  static forRoot(admin: HostAdmin): DynamicModule {
    return {
      module: HostModule,
      controllers: [HostController],
      providers: [{ provide: HOST_ADMIN, useValue: admin }],
    };
  }
}
