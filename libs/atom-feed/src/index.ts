export { entryId, toArchiveDocument, toCurrentDocument, type FeedNames, type ShowFields } from './atom-document.js';
export {
  ARCHIVE_SIZE,
  archivesOf,
  type FeedEntry,
  type FeedHead,
  type FeedPosition,
  type FeedReader,
} from './feed-entry.js';
export {
  entityOfFeed,
  FEED_NAME_RULE,
  isFeedName,
  readFeedPath,
  toFeedPath,
  type FeedPath,
  type NamedFeed,
} from './feed-path.js';
