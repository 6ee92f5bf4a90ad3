import type { ApiDescription } from '#observability';
import { HostController, keepBody, modeBody, planQuery, sourceQuery } from './host.controller.js';

/** The HTTP API of every connector. */
export const HOST_API: ApiDescription = {
  title: 'Plumbline connector API',
  controllers: [HostController],
  operations: {
    'GET /status': { summary: 'How the system stands: its mode, what is due, what was set aside.' },
    'POST /check': { summary: 'Whether the system can be reached and has what is mapped.' },
    'GET /plan': { summary: 'How the system differs from what the hub would make of it.', query: planQuery },
    'GET /scans': { summary: 'The latest scans, and how far they are.' },
    'GET /source/{entity}': { summary: 'What the system says of its records now; stores nothing.', query: sourceQuery },
    'POST /mode': { summary: 'What the hub may do with the system.', body: modeBody },
    'GET /restored': { summary: 'How the system differs that went back in time.' },
    'POST /restored': { summary: 'Whose state counts in a system that went back in time.', body: keepBody },
    'POST /webhook': { summary: 'Takes what the system says changed.', anyBody: 'As the system sends and signs it.' },
    'GET /mirror/{entity}/{key}': { summary: 'What the mirror knows of a record.' },
  },
};
