export { entryId, toArchiveDocument, toCurrentDocument, type FeedNames, type ShowFields } from './atom-document.js';
export {
  ARCHIVE_SIZE,
  archivesOf,
  type FeedEntry,
  type FeedHead,
  type FeedPosition,
  type FeedReader,
} from './feed-entry.js';
