import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Access, Permission, type RequestAccess } from '#auth';
import type { SeedCertificateReport, SeedPlanReport, SeedReport, SeedStoreReport } from '#contracts';
import { HubError } from '#kernel';
import { parseRequest } from '#observability';
import { findForgery, type SeedCertificate, type SeedJob } from '#replay';
import type { SeedHub, SeedRunner } from '#replay-desk';
import { ACTS, type Acts } from './acts.js';
import { toCertificateReport, toSeedPlanReport, toSeedReport } from './seed-reports.js';
import { seedBody, toSeedRequest } from './seed-requests.js';
import { SEEDS } from './tokens.js';

/** What seeds are looked at, ordered and run with. */
export interface Seeds {
  readonly hub: SeedHub;
  readonly runner: Pick<SeedRunner, 'wake'>;
}

const SHOWN = 50;
/** Of seeds and their certificates. */
const ID = /^seed-[0-9a-f-]{8,36}$/;

/** Seeds of new stores: a dry run first, then started, watched or aborted. The server runs them, not the page. */
@Controller('api/seeds')
export class SeedsController {
  constructor(
    @Inject(SEEDS) private readonly seeds: Seeds,
    @Inject(ACTS) private readonly acts: Acts,
  ) {}

  @Get()
  @Permission('seed:read', 'answer')
  async list(@Access() access: RequestAccess): Promise<SeedReport[]> {
    const jobs = await this.seeds.hub.jobs.list(SHOWN);
    return jobs.filter((job) => access.reaches(job)).map(toSeedReport);
  }

  @Get('stores')
  @Permission('seed:read', 'answer')
  stores(): SeedStoreReport[] {
    return this.seeds.hub.desk.stores.map(({ name, schema }) => ({ name, schema }));
  }

  @Get('certificates')
  @Permission('seed:read', 'answer')
  async certificates(@Access() access: RequestAccess): Promise<SeedCertificateReport[]> {
    const found = await this.seeds.hub.certificates.list(SHOWN);
    return found.filter((one) => access.reaches(one)).map((one) => this.shown(one));
  }

  @Get('certificates/:id')
  @Permission('seed:read', 'object')
  async certificate(@Param('id') id: string, @Access() access: RequestAccess): Promise<SeedCertificateReport> {
    const certificate = ID.test(id) ? await this.seeds.hub.certificates.find(id) : null;
    if (!certificate) throw new HubError('HUB_NOT_FOUND', 'There is no such certificate.', { id });
    access.assertReaches(certificate);
    return this.shown(certificate);
  }

  @Get(':id')
  @Permission('seed:read', 'object')
  async find(@Param('id') id: string, @Access() access: RequestAccess): Promise<SeedReport> {
    return toSeedReport(await this.reached(id, access));
  }

  /** Looks at topic and target; reads no message. */
  @Post('plan')
  @HttpCode(200)
  @Permission('seed:plan', { entity: 'body.entity' })
  async plan(@Body() body: unknown): Promise<SeedPlanReport> {
    const request = toSeedRequest(parseRequest(seedBody, body));
    return toSeedPlanReport(request, await this.seeds.hub.desk.plan(request));
  }

  @Post()
  @Permission('seed:start', { entity: 'body.entity' })
  async start(@Body() body: unknown, @Access() access: RequestAccess): Promise<SeedReport> {
    const request = toSeedRequest(parseRequest(seedBody, body));
    const { desk } = this.seeds.hub;
    const actor = access.actor();
    const act = { actor, act: 'seed.started', subject: request.entity, reason: null };
    const id = await this.acts.run(act, () => desk.order(request, actor));
    this.seeds.runner.wake();
    return toSeedReport(await desk.getJob(id));
  }

  @Post(':id/abort')
  @HttpCode(200)
  @Permission('seed:start', 'object')
  async abort(@Param('id') id: string, @Access() access: RequestAccess): Promise<SeedReport> {
    await this.reached(id, access);
    const { desk } = this.seeds.hub;
    const act = { actor: access.actor(), act: 'seed.aborted', subject: id, reason: null };
    await this.acts.run(act, () => desk.abort(id));
    return toSeedReport(await desk.getJob(id));
  }

  private async reached(id: string, access: RequestAccess): Promise<SeedJob> {
    if (!ID.test(id)) throw new HubError('HUB_NOT_FOUND', 'There is no such seed.', { id });
    const job = await this.seeds.hub.desk.getJob(id);
    access.assertReaches(job);
    return job;
  }

  private shown(certificate: SeedCertificate): SeedCertificateReport {
    return toCertificateReport(certificate, findForgery(certificate, this.seeds.hub.keys.byId) === null);
  }
}
