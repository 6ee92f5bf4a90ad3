import type { ApiOperations } from '#observability';
import { auditFilter, auditQuery } from './audit-request.js';
import { findQuery } from './find-request.js';
import { REDELIVERY_OPERATIONS } from './redelivery-operations.js';
import { newKeyBody } from './keys-request.js';
import * as requests from './requests.js';
import { schemaBody, schemaChangesQuery } from './schema-request.js';
import { SEED_OPERATIONS } from './seed-operations.js';

/** Every route of the admin API. What their decorators say is not repeated; `describeApi` checks it against the controllers. */
export const OPERATIONS: ApiOperations = {
  'POST /api/login': {
    summary: 'Begins a session: a cookie, and a CSRF token.',
    body: requests.loginBody,
  },
  'GET /api/sign-in': { summary: 'Which ways in there are.' },
  'GET /api/provider/sign-in': {
    summary: 'Sends the browser to the identity provider.',
    query: requests.signInQuery,
    status: 302,
  },
  'GET /api/provider/callback': { summary: 'Where the identity provider sends it back.', status: 302 },
  'GET /api/session': { summary: 'Who is signed in, with the CSRF token.', isOpen: false },
  'POST /api/logout': { summary: 'Ends the session.', isOpen: false },
  'GET /api/openapi.json': { summary: 'This document.' },
  'GET /api/overview': { summary: 'What is wrong, and the state of every system.' },
  'GET /api/live': { summary: 'The overview as it changes, by server-sent events.' },
  'GET /api/trend': { summary: 'How the hub was in the last hours, as series.', query: requests.trendQuery },
  'GET /api/find': {
    summary: 'Golden records by the beginning of their key, and records of all topics.',
    query: findQuery,
  },
  'GET /api/records/{entity}/{key}': { summary: 'A record: explained, in every system, with its versions.' },
  'GET /api/records/{entity}/{key}/as-of': { summary: 'A record at an instant.', query: requests.asOfQuery },
  'GET /api/records/{entity}/{key}/timeline': { summary: 'Everything that happened to a record, oldest first.' },
  'GET /api/records/{entity}/{key}/related': { summary: 'Records about the same article.' },
  'GET /api/systems/{system}/plan': { summary: 'How a system differs from what the hub would make of it.' },
  'POST /api/systems/{system}/check': { summary: 'Whether a system can be reached and has what is mapped.' },
  'POST /api/systems/{system}/mode': {
    summary: 'What the hub may do with a system.',
    body: requests.modeBody,
  },
  'GET /api/systems/{system}/restored': { summary: 'How a system that went back in time differs.' },
  'POST /api/systems/{system}/restored': {
    summary: 'Whose state counts in a system that went back in time.',
    body: requests.restoredBody,
  },
  'GET /api/rounds': { summary: 'The latest reconcile rounds.' },
  'GET /api/rounds/{id}': { summary: 'A round with the drift that it found.' },
  'POST /api/rounds': { summary: 'Starts rounds.', body: requests.startRoundsBody },
  'GET /api/holds/{kind}/{id}': { summary: 'Something that is held.' },
  'POST /api/holds/{kind}/{id}/approve': { summary: 'Approves it.', body: requests.decisionBody },
  'POST /api/holds/{kind}/{id}/reject': { summary: 'Rejects it.', body: requests.decisionBody },
  'GET /api/approvals': { summary: 'What waits for a second person.' },
  'GET /api/batches': { summary: 'What made versions lately.', query: requests.batchesQuery },
  'POST /api/reverts': { summary: 'Begins the dry run of a revert.', body: requests.revertBody },
  'GET /api/reverts/{id}': { summary: 'A revert.' },
  'GET /api/reverts/{id}/items': { summary: 'Records of a revert.', query: requests.revertItemsQuery },
  'POST /api/reverts/{id}/apply': { summary: 'Takes the changes back.', body: requests.applyRevertBody },
  'GET /api/parked/{service}': { summary: 'Keys whose events no broker took.' },
  'POST /api/parked/{service}/release': { summary: 'Sends them again.', body: requests.releaseBody },
  'POST /api/webhooks/{name}/resend': { summary: 'Sends again what a receiver did not take.' },
  ...REDELIVERY_OPERATIONS,
  ...SEED_OPERATIONS,
  'GET /api/topics': { summary: 'The topics of the hub.' },
  'GET /api/topics/{topic}/messages': { summary: 'Messages, the newest first.', query: requests.messagesQuery },
  'GET /api/topics/{topic}': { summary: 'A topic: who writes and reads it, how fresh it is.' },
  'GET /api/topics/{topic}/consumers': { summary: 'Sample consumers of a topic.' },
  'GET /api/asyncapi.yaml': { summary: 'All topics of this hub as AsyncAPI.' },
  'GET /api/schemas': { summary: 'The event types.' },
  'GET /api/schemas/{type}': { summary: 'Versions of an event type.' },
  'GET /api/schemas/{type}/changes': {
    summary: 'What one version changed since another, and who breaks by it.',
    query: schemaChangesQuery,
  },
  'POST /api/schemas/{type}/check': { summary: 'Whether a schema could follow; registers nothing.', body: schemaBody },
  'GET /api/audit': { summary: 'Who did what, newest first.', query: auditQuery },
  'GET /api/audit/verify': { summary: 'Whether anything of the audit was changed, taken out or cut off.' },
  'GET /api/audit/export.csv': {
    summary: 'The audit as a table; kept in the audit itself.',
    query: auditFilter,
  },
  'GET /api/audit/{service}/{seq}': { summary: 'One entry of the audit.' },
  'GET /api/keys': { summary: 'API keys of the hub, never the keys themselves; the newest first.' },
  'POST /api/keys': {
    summary: 'Makes an API key, which stands in this answer only.',
    body: newKeyBody,
  },
  'POST /api/keys/{prefix}/revoke': { summary: 'Ends an API key at once.' },
  'GET /api/settings': { summary: 'The hub file without secrets, and what was done on the page.' },
};
