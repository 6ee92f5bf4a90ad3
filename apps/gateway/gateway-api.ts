import type { ApiDescription } from '#observability';
import { FeedsController } from './feeds.controller.js';

const ATOM = 'application/atom+xml';
const UNCHANGED = { 304: 'The reader has it.' };

const ARCHIVED = { ...UNCHANGED, 307: 'It is not full yet: the newest entries are its.' };

/** The HTTP API of the gateway. */
export const GATEWAY_API: ApiDescription = {
  title: 'Plumbline gateway API',
  controllers: [FeedsController],
  operations: {
    'GET /feeds': { summary: 'The feeds that there are.' },
    'GET /feeds/{entity}': {
      summary: 'The newest entries of a feed (RFC 4287, RFC 5005).',
      type: ATOM,
      answers: UNCHANGED,
    },
    'GET /feeds/{entity}/{name}': {
      summary: 'The same of a part, which `plumbline seed --to feed:NAME` filled.',
      type: ATOM,
      answers: UNCHANGED,
    },
    'GET /feeds/{entity}/archive/{number}': {
      summary: 'An archive of a feed, which never changes.',
      type: ATOM,
      answers: ARCHIVED,
    },
    'GET /feeds/{entity}/{name}/archive/{number}': {
      summary: 'An archive of a part, which never changes.',
      type: ATOM,
      answers: ARCHIVED,
    },
  },
};
