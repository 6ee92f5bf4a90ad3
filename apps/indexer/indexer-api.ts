import type { ApiDescription } from '#observability';
import { RecordsController, searchQuery } from './records.controller.js';
import { TimelineController } from './timeline.controller.js';

/** The HTTP API of the indexer. */
export const INDEXER_API: ApiDescription = {
  title: 'Plumbline indexer API',
  controllers: [RecordsController, TimelineController],
  operations: {
    'GET /records': { summary: 'Records of all topics, the newest first.', query: searchQuery },
    'GET /timeline/{entity}/{key}': { summary: 'Everything that happened to a record, oldest first.' },
  },
};
