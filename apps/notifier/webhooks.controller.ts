import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Permission } from '#auth';
import type { WebhookStatus } from '#contracts';
import type { HubWebhook } from '#hub-file';
import { HubError } from '#kernel';
import type { PostgresDeliveryStore } from '#store-postgres';

/** Injection token of {@link WebhooksApi}. */
export const WEBHOOKS_API = Symbol('WEBHOOKS_API');

/** What the HTTP API answers from. */
export interface WebhooksApi {
  readonly webhooks: readonly HubWebhook[];
  readonly store: Pick<PostgresDeliveryStore, 'describe' | 'resend'>;
  /** Called when something is to be sent at once. */
  readonly wake: (name: string) => void;
}

/** HTTP API of the notifier (docs/architecture.md). */
@Controller('webhooks')
export class WebhooksController {
  constructor(@Inject(WEBHOOKS_API) private readonly api: WebhooksApi) {}

  @Permission('webhook:read')
  @Get()
  list(): Promise<WebhookStatus[]> {
    return Promise.all(this.api.webhooks.map((webhook) => this.describe(webhook)));
  }

  /** Switches a receiver on again and tries at once what failed. @throws HubError HUB_NOT_FOUND */
  @Permission('webhook:release')
  @Post(':name/resend')
  @HttpCode(200)
  async resend(@Param('name') name: string): Promise<{ readonly events: number }> {
    if (!this.api.webhooks.some((webhook) => webhook.name === name))
      throw new HubError('HUB_NOT_FOUND', `The hub file has no webhook "${name}".`, { name });
    const events = await this.api.store.resend(name);
    this.api.wake(name);
    return { events };
  }

  private async describe({ name, url }: HubWebhook): Promise<WebhookStatus> {
    return { name, host: new URL(url).host, ...(await this.api.store.describe(name)) };
  }
}
