import type { ApiDescription } from '#observability';
import { WebhooksController } from './webhooks.controller.js';

/** The HTTP API of the notifier. */
export const NOTIFIER_API: ApiDescription = {
  title: 'Plumbline notifier API',
  controllers: [WebhooksController],
  operations: {
    'GET /webhooks': { summary: 'Receivers of webhooks, and what waits for each.' },
    'POST /webhooks/{name}/resend': { summary: 'Sends again what a receiver did not take.' },
  },
};
