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
export { certifySeed, type CertificateOrder } from './certify-seed.js';
export { openSeedHub, type SeedHub, type SeedHubOptions } from './open-seed-hub.js';
export { SeedDesk, type SeedPreview, type SeedRequest } from './seed-desk.js';
export { SeedRunner, type SeedRunnerOptions } from './seed-runner.js';
export type { SeedCluster, SeedSubject } from './seed-cluster.js';
export type { OpenSources, SourceAccess } from './seed-sources.js';
export {
  findEndValidMs,
  openSeedSession,
  type OpenSeedTarget,
  type SeedContents,
  type SeedOpening,
  type SeedSession,
} from './seed-session.js';
export { assertOwnTopic, describeTable, openTopicTarget, type TableAddress } from './seed-targets.js';
