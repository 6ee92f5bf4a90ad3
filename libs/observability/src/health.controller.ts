import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { Open, Permission } from '#auth';
import { toHubError } from '#kernel';
import type { ReadableMetrics } from './create-metrics.js';

/** Resolves when the thing is usable, else throws. */
export type ReadinessCheck = () => Promise<unknown>;

/** Answer of `GET /health/ready`: `ok` or the error's code and message, by name. */
export interface ReadinessReport {
  readonly status: 'ready' | 'not ready';
  readonly checks: Readonly<Record<string, string>>;
}

/** What the controller serves. */
export interface HealthSources {
  readonly metrics: ReadableMetrics;
  readonly ready: Readonly<Record<string, ReadinessCheck>>;
}

/** Injection token of {@link HealthSources}. */
export const HEALTH_SOURCES = Symbol('HEALTH_SOURCES');

const CHECK_TIMEOUT_MS = 3000;

/** `/health/live` (open), `/health/ready` and `/metrics` (with the token). */
@Controller()
export class HealthController {
  constructor(@Inject(HEALTH_SOURCES) private readonly sources: HealthSources) {}

  @Open('says nothing but that the process answers')
  @Get('health/live')
  live(): { readonly status: 'live' } {
    return { status: 'live' };
  }

  @Permission('status:read')
  @Get('health/ready')
  async ready(@Res({ passthrough: true }) response: { status(code: number): unknown }): Promise<ReadinessReport> {
    const names = Object.keys(this.sources.ready);
    const results = await Promise.all(Object.values(this.sources.ready).map(runCheck));
    const isReady = results.every((result) => result === 'ok');
    if (!isReady) response.status(503);
    return {
      status: isReady ? 'ready' : 'not ready',
      checks: Object.fromEntries(names.map((name, index) => [name, results[index] ?? 'ok'])),
    };
  }

  @Permission('metrics:read')
  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    return this.sources.metrics.text();
  }
}

async function runCheck(check: ReadinessCheck): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_TIMEOUT_MS} ms`), CHECK_TIMEOUT_MS);
  });
  const answer = check().then(
    () => 'ok',
    (error: unknown) => `${toHubError(error).code}: ${toHubError(error).message}`,
  );
  return Promise.race([answer, timeout]).finally(() => clearTimeout(timer));
}
