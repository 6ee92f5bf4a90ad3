import type { ApiDescription } from '#observability';
import { ApprovalsController } from './approvals.controller.js';
import { GoldenController } from './golden.controller.js';
import * as requests from './requests.js';
import { RevertsController } from './reverts.controller.js';

/** The HTTP API of golden. */
export const GOLDEN_API: ApiDescription = {
  title: 'Plumbline golden API',
  controllers: [GoldenController, RevertsController, ApprovalsController],
  operations: {
    'GET /status': { summary: 'How many records there are, what is held, and how far changes are merged.' },
    'GET /explain/{entity}/{key}': { summary: 'A record, and why each field is what it is.' },
    'GET /as-of/{entity}/{key}': { summary: 'A record at an instant, now without one.', query: requests.asOfQuery },
    'GET /versions/{entity}/{key}': {
      summary: 'Versions of a record, the newest first.',
      query: requests.versionsQuery,
    },
    'GET /keys/{entity}': { summary: 'Keys by their beginning.', query: requests.keysQuery },
    'GET /holds': { summary: 'Batches over a limit.', query: requests.holdsQuery },
    'POST /holds/{id}/approve': { summary: 'Lets a held batch pass.', body: requests.decisionBody },
    'POST /holds/{id}/reject': { summary: 'Drops a held batch.', body: requests.decisionBody },
    'POST /reverts': { summary: 'Begins the dry run of a revert.', body: requests.selectionBody },
    'GET /reverts/{id}': { summary: 'A revert.' },
    'GET /reverts/{id}/items': { summary: 'Records of a revert.', query: requests.itemsQuery },
    'POST /reverts/{id}/apply': { summary: 'Takes the changes back.', body: requests.approvalBody },
    'GET /batches': { summary: 'What made versions lately.', query: requests.batchesQuery },
    'GET /approvals': { summary: 'What waits for a second person.' },
  },
};
