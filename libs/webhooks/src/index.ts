export { retryDelayMs } from './retry-schedule.js';
export { parseWebhookSecret, type WebhookSecret } from './secret.js';
export { sendWebhook, type WebhookDelivery, type WebhookEvent, type WebhookTarget } from './send-webhook.js';
export { signWebhook, type WebhookHeaders } from './sign-webhook.js';
export { verifyWebhook, type VerifiedWebhook, type WebhookRequest } from './verify-webhook.js';
