export { retryDelayMs } from './retry-schedule.js';
export { parseWebhookSecret, type WebhookSecret } from './secret.js';
export { sendWebhook, type WebhookDelivery, type WebhookEvent, type WebhookTarget } from './send-webhook.js';
export { signWebhook, type WebhookHeaders } from './sign-webhook.js';
export { verifyWebhook, type VerifiedWebhook, type WebhookRequest } from './verify-webhook.js';
export type { DeliveryStore, PendingDelivery } from './delivery-store.js';
export { settleAttempt, type Settlement } from './settle-attempt.js';
export { WebhookSender, type WebhookSenderOptions } from './webhook-sender.js';
