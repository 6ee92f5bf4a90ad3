import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AccessRequest } from '#auth';
import helmet from 'helmet';
import { HubError } from '#kernel';
import { actingFor } from './acting.js';

/** The built pages, beside this app in `dist`. */
const PAGES = join(import.meta.dirname, '../admin-web');

/** Nothing of another origin, and nothing inline: a hostile text that became markup could still run nothing. */
const POLICY = {
  useDefaults: false,
  directives: {
    'default-src': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  },
};

/** The name in a file changes with its content. */
const YEAR_SECONDS = 31_536_000;

interface PageRequest extends IncomingMessage {
  readonly path: string;
}
interface PageResponse extends ServerResponse {
  sendFile(path: string): void;
}

/** Sets up the pages and the headers of every answer. @throws HubError HUB_CONFIG_INVALID when the pages were not built */
export function openFrontDoor(app: NestExpressApplication): void {
  const index = join(PAGES, 'index.html');
  if (!existsSync(index))
    throw new HubError('HUB_CONFIG_INVALID', 'The pages are not built: run `npm run build`, then start again.');
  app.use(helmet({ contentSecurityPolicy: POLICY, strictTransportSecurity: false }));
  app.useStaticAssets(join(PAGES, 'assets'), { prefix: '/assets/', immutable: true, maxAge: YEAR_SECONDS * 1000 });
  app.use((request: PageRequest, response: PageResponse, next: () => void) => {
    if (!isPage(request)) {
      response.setHeader('cache-control', 'no-store');
      return actingFor(request as unknown as AccessRequest, next);
    }
    response.setHeader('cache-control', 'no-cache');
    response.sendFile(index);
  });
}

/** Every address that is no route of the server is one of the pages: the browser knows which. */
function isPage({ method, path }: PageRequest): boolean {
  const isOwn = /^\/(?:api|health|metrics|assets)(?:\/|$)/.test(path);
  return (method === 'GET' || method === 'HEAD') && !isOwn;
}
