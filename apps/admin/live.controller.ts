import { Controller, Get, Inject, Sse, type MessageEvent } from '@nestjs/common';
import { Access, Permission, type RequestAccess } from '#auth';
import type { HubOverview } from '#contracts';
import { Observable } from 'rxjs';
import { cutOverview } from './cut-overview.js';
import { LIVE_FEED } from './tokens.js';
import type { LiveFeed } from './live-feed.js';

/** The state of the whole hub, once and as it changes. */
@Controller('api')
export class LiveController {
  constructor(@Inject(LIVE_FEED) private readonly feed: LiveFeed) {}

  @Permission('status:read', 'answer')
  @Get('overview')
  async overview(@Access() access: RequestAccess): Promise<HubOverview> {
    return cutOverview(await this.feed.current(), access);
  }

  @Permission('status:read', 'answer')
  @Sse('live')
  live(@Access() access: RequestAccess): Observable<MessageEvent> {
    return new Observable((subscriber) =>
      this.feed.listen((overview) => subscriber.next({ data: cutOverview(overview, access) })),
    );
  }
}
