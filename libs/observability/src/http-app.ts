import type { IncomingMessage } from 'node:http';
import type { DynamicModule, Type } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import {
  AccessGuard,
  AnswerInterceptor,
  AuditInterceptor,
  BearerAuthenticator,
  BUILT_IN_ROLES,
  type AccessOptions,
} from '#auth';
import { HubError, withTraceParent, type Logger } from '#kernel';
import type { ApiDescription } from './api-operation.js';
import { describeApp } from './describe-app.js';
import type { HealthSources } from './health.controller.js';
import { HubErrorFilter } from './hub-error.filter.js';
import { NestLogger } from './nest-logger.js';
import { ObservabilityModule } from './observability.module.js';
import { OpenApiModule } from './openapi.controller.js';
import { ParkedRowsModule, type ParkedRows } from './parked-rows.controller.js';
import { TextGuard } from './text.guard.js';

/** An app that serves HTTP. */
export interface RunningApp {
  /** Base URL without a slash at the end. */
  readonly url: string;
  /** Stops taking requests, then everything of the app (Nest's shutdown hooks). */
  close(): Promise<void>;
}

/** How an app serves HTTP. */
export interface HttpAppOptions extends HealthSources {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Bearer token of every route but `/health/live`. */
  readonly token: string;
  /** Who else may do what; without it there is nobody but the bearer of the token. */
  readonly access?: AccessOptions;
  readonly logger: Logger;
  /** Of an app that runs a relay: `/outbox/parked` shows and releases what no broker took. */
  readonly parked?: ParkedRows;
  /** Without it the app serves no `/openapi.json`. */
  readonly api?: ApiDescription;
  /** Of an app that people reach with a browser: sets up its pages and headers. */
  readonly frontDoor?: (app: NestExpressApplication) => void;
}

@Module({})
class RootModule {}

/**
 * Starts a Nest app over the given module with access (every route declares its permission), audit, error filter, health and metrics: the same front door for all.
 * @throws HubError HUB_CONFIG_INVALID when the port is taken.
 */
export async function serveHttpApp(module: Type | DynamicModule, options: HttpAppOptions): Promise<RunningApp> {
  const { parked, logger, api } = options;
  const imports = [
    module,
    ObservabilityModule.forRoot(options),
    ...(parked ? [ParkedRowsModule.forRoot({ parked, logger })] : []),
    ...(api ? [OpenApiModule.forRoot(describeApp(api, { hasParked: parked !== undefined }))] : []),
  ];
  const root: DynamicModule = { module: RootModule, imports };
  const app = await NestFactory.create<NestExpressApplication>(root, {
    logger: new NestLogger(logger),
    abortOnError: false,
    forceCloseConnections: true,
    rawBody: true, // signatures are over bytes
  });
  app.disable('x-powered-by');
  app.use((request: IncomingMessage, _response: unknown, next: () => void) => {
    withTraceParent([request.headers['traceparent']].flat()[0], next);
  });
  options.frontDoor?.(app);
  guard(app, options);
  app.useGlobalFilters(new HubErrorFilter(logger));
  try {
    await app.listen(options.port, options.host);
  } catch (error) {
    await app.close();
    throw listenError(error, options);
  }
  const url = (await app.getUrl()).replace(/\/$/, '');
  logger.info({ url }, 'listening');
  return { url, close: () => app.close() };
}

function guard(app: NestExpressApplication, options: HttpAppOptions): void {
  const access = options.access ?? tokenOnly(options.token);
  app.useGlobalGuards(new AccessGuard(access), new TextGuard());
  app.useGlobalInterceptors(new AuditInterceptor(access), new AnswerInterceptor());
}

/** Where nothing else is said, there is the bearer of the token, with every right. */
function tokenOnly(serviceToken: string): AccessOptions {
  return { authenticator: new BearerAuthenticator({ serviceToken }), roles: BUILT_IN_ROLES };
}

function listenError(error: unknown, { host, port }: HttpAppOptions): HubError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const why = code === 'EADDRINUSE' ? 'is taken by another process' : `cannot be used (${code})`;
  const message = `${host}:${port} ${why}; choose another hub.port in the hub file or stop the other process.`;
  return new HubError('HUB_CONFIG_INVALID', message, { host, port }, { cause: error });
}
