export { LetterEditor, type LetterValue, type PlannedEdit } from './letter-editor.js';
export { OffsetsDesk, type GroupOfTopic } from './offsets-desk.js';
export {
  openReplayHub,
  type ReplayDesks,
  type ReplayHub,
  type ReplayHubFailpoint,
  type ReplayHubOptions,
} from './open-replay-hub.js';
export { ReplayRunner, type ReplayRunnerOptions } from './replay-runner.js';
