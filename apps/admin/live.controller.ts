import { Controller, Get, Inject, Sse, type MessageEvent } from '@nestjs/common';
import type { HubOverview } from '#contracts';
import { Observable } from 'rxjs';
import { LIVE_FEED } from './tokens.js';
import type { LiveFeed } from './live-feed.js';

/** The state of the whole hub, once and as it changes. */
@Controller('api')
export class LiveController {
  constructor(@Inject(LIVE_FEED) private readonly feed: LiveFeed) {}

  @Get('overview')
  overview(): Promise<HubOverview> {
    return this.feed.current();
  }

  @Sse('live')
  live(): Observable<MessageEvent> {
    return new Observable((subscriber) => this.feed.listen((overview) => subscriber.next({ data: overview })));
  }
}
