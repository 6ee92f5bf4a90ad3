import type { ApiDescription } from '#observability';
import { ApprovalsController } from './approvals.controller.js';
import { HoldsController } from './holds.controller.js';
import { ReportController } from './report.controller.js';
import * as requests from './requests.js';
import { RoundsController } from './rounds.controller.js';

/** The HTTP API of the reconciler. */
export const RECONCILER_API: ApiDescription = {
  title: 'Plumbline reconciler API',
  controllers: [RoundsController, HoldsController, ReportController, ApprovalsController],
  operations: {
    'GET /rounds': { summary: 'The latest rounds, the newest first.', query: requests.listSchema },
    'GET /rounds/{id}': { summary: 'A round.' },
    'GET /rounds/{id}/drift': { summary: 'What a round found to differ.', query: requests.listSchema },
    'GET /rounds/{id}/attribution': { summary: 'What the drift of a round has in common.' },
    'POST /rounds': { summary: 'Starts rounds of a system.', body: requests.startRoundsSchema },
    'GET /holds': { summary: 'Rounds over a limit.', query: requests.holdsSchema },
    'POST /holds/{id}/approve': { summary: 'Lets a held round repair.', body: requests.holdDecisionSchema },
    'POST /holds/{id}/reject': { summary: 'Ends a held round.', body: requests.holdDecisionSchema },
    'GET /report': { summary: 'How drift stands, and how soon it is repaired.', query: requests.reportSchema },
    'GET /report.html': { summary: 'The same as a page.', query: requests.reportSchema },
    'GET /report.csv': { summary: 'The same as a table.', query: requests.reportSchema },
    'GET /drift': { summary: 'What differs now, by system and entity.', query: requests.reportSchema },
    'GET /approvals': { summary: 'What waits for a second person.' },
  },
};
