import { seedBody } from './seed-requests.js';

/** Routes of seeds, as `operations.ts` has the others. */
export const SEED_OPERATIONS = {
  'GET /api/seeds': { summary: 'The latest seeds.' },
  'GET /api/seeds/stores': {
    summary: 'Stores of the hub file that may be seeded; their addresses stay with the server.',
  },
  'GET /api/seeds/certificates': { summary: 'The latest certificates, also of seeds of the command line.' },
  'GET /api/seeds/certificates/{id}': { summary: 'A certificate, and whether it says what was signed.' },
  'GET /api/seeds/{id}': { summary: 'A seed, and how far it is.' },
  'POST /api/seeds/plan': {
    summary: 'The dry run of a seed: what would be read, and what the target has.',
    body: seedBody,
  },
  'POST /api/seeds': {
    summary: 'Starts a seed, which goes on by itself, and from where an earlier one into this target ended.',
    body: seedBody,
    status: 201,
  },
  'POST /api/seeds/{id}/abort': { summary: 'Ends a seed; the target keeps what it has.' },
};
