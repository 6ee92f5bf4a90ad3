import * as requests from './redelivery-requests.js';

/** Routes of replays, dead letters and offsets, as `operations.ts` has the others. */
export const REDELIVERY_OPERATIONS = {
  'GET /api/replays': { summary: 'The latest replays.' },
  'GET /api/replays/{id}': { summary: 'A replay, and how far it is.' },
  'POST /api/replays/plan': {
    summary: 'The dry run of a replay: counts, samples, and who gets it.',
    body: requests.replayBody,
  },
  'POST /api/replays': { summary: 'Starts a replay, which goes on by itself.', body: requests.replayBody },
  'POST /api/replays/{id}/pause': { summary: 'Lets a replay stop after what it is sending.' },
  'POST /api/replays/{id}/resume': { summary: 'Lets a replay that is paused or failed go on.' },
  'POST /api/replays/{id}/abort': { summary: 'Ends a replay for good; what was sent stays.' },
  'GET /api/groups': { summary: 'The consumer groups of the cluster.' },
  'POST /api/offsets/plan': {
    summary: 'What a reset of the offsets of a group would do.',
    body: requests.resetPlanBody,
  },
  'POST /api/offsets/reset': { summary: 'Sets the offsets of a group without members.', body: requests.resetBody },
  'POST /api/offsets/undo/plan': { summary: 'What undoing the latest reset would do.', body: requests.undoPlanBody },
  'POST /api/offsets/undo': { summary: 'Brings the offsets before the latest reset back.', body: requests.undoBody },
  'GET /api/dead-letters/groups': { summary: 'Open dead letters by cause.' },
  'GET /api/dead-letters': { summary: 'Open dead letters, the oldest first.', query: requests.lettersQuery },
  'GET /api/dead-letters/sending': { summary: 'How many letters are on their way once more.' },
  'GET /api/dead-letters/{id}': { summary: 'A dead letter with its message.' },
  'POST /api/dead-letters/plan': { summary: 'What a retry would do.', body: requests.choiceBody },
  'POST /api/dead-letters/retry': {
    summary: 'Hands letters to their consumers once more, in order.',
    body: requests.choiceBody,
  },
  'POST /api/dead-letters/discard': { summary: 'Gives letters up, all or none.', body: requests.discardBody },
  'POST /api/dead-letters/{id}/edit/plan': {
    summary: 'What an edit changes, and whether it fits the schema.',
    body: requests.editBody,
  },
  'POST /api/dead-letters/{id}/edit': { summary: 'Retries a letter with other values.', body: requests.editBody },
  'POST /api/dead-letters/{id}/note': {
    summary: 'Writes down what is known of a letter.',
    body: requests.noteBody,
  },
};
