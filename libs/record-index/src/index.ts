export { joinEventId, splitEventId, type EventIdParts } from './event-id.js';
export {
  toIndexedRecord,
  traceIdOf,
  type IndexedRecord,
  type RecordMessage,
  type RecordPlace,
} from './indexed-record.js';
export {
  chooseStart,
  type CleanedUp,
  type IndexPage,
  type IndexPosition,
  type PartitionBounds,
  type RecordIndexStore,
  type StartChoice,
} from './record-index-store.js';
export {
  compareNewestFirst,
  decodeCursor,
  encodeCursor,
  type RecordCursor,
  type RecordHit,
  type RecordQuery,
} from './record-query.js';
export {
  buildTimeline,
  type RoundCheck,
  type SystemWrite,
  type TimelineContent,
  type TimelineExtras,
  type TimelineRecord,
} from './timeline.js';
