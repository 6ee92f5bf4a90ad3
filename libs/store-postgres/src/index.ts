export { Database, type DatabaseOptions, type Migration, type Sql } from './database.js';
export { AddParkingAndLimit } from './outbox/add-parking-and-limit.migration.js';
export { CreateHeldKeys } from './outbox/create-held-keys.migration.js';
export { CreateOutboxTables } from './outbox/create-outbox-tables.migration.js';

export { openOutboxStore, type OpenOutboxOptions } from './outbox/open-outbox-store.js';
export { PostgresAppliedOffsets } from './outbox/postgres-applied-offsets.js';
export { PostgresHeldKeys } from './outbox/postgres-held-keys.js';
export { PostgresOutboxAppender } from './outbox/postgres-outbox-appender.js';
export { PostgresOutboxStore } from './outbox/postgres-outbox-store.js';
export { PostgresParkedKeys } from './outbox/postgres-parked-keys.js';
export { StreamingOutboxStore, type StreamingOutboxOptions } from './outbox/streaming-outbox-store.js';
export { CreateMirrorTables1700000001000 as CreateMirrorTables } from './mirror/create-mirror-tables.migration.js';
export { AddLastWrite } from './mirror/add-last-write.migration.js';
export { AddRangeDigests } from './mirror/add-range-digests.migration.js';
export { AddEndedWrites } from './mirror/add-ended-writes.migration.js';
export { AddScans } from './mirror/add-scans.migration.js';
export { AddRestored } from './mirror/add-restored.migration.js';
export { PostgresMirrorDigests } from './mirror/postgres-mirror-digests.js';
export { PostgresMirrorFacts } from './mirror/postgres-mirror-facts.js';
export { PostgresMirrorReports } from './mirror/postgres-mirror-reports.js';
export { PostgresMirrorStore } from './mirror/postgres-mirror-store.js';
export { PostgresRestoredStore } from './mirror/postgres-restored-store.js';
export { PostgresRoundMirror } from './mirror/postgres-round-mirror.js';
export { PostgresScanStore } from './mirror/postgres-scan-store.js';
export { CreateReconcilerTables } from './reconciler/create-reconciler-tables.migration.js';
export { AddDriftReport } from './reconciler/add-drift-report.migration.js';
export { AddRetention } from './reconciler/add-retention.migration.js';
export { PostgresDriftReads } from './reconciler/postgres-drift-reads.js';
export { PostgresRoundReads } from './reconciler/postgres-round-reads.js';
export { PostgresRoundRetention, type Pruned } from './reconciler/postgres-round-retention.js';
export { PostgresRoundStore, type RoundStoreOptions } from './reconciler/postgres-round-store.js';
export { AddReverts } from './golden/add-reverts.migration.js';
export { AddGuardWindow } from './golden/add-guard-window.migration.js';
export { CreateGoldenTables } from './golden/create-golden-tables.migration.js';
export { PostgresGoldenStore } from './golden/postgres-golden-store.js';
export { PostgresCurrentPlaces } from './read-back/postgres-current-places.js';
export { CreateSeedJobs } from './seed/create-seed-jobs.migration.js';
export { CreateSeedSources } from './seed/create-seed-sources.migration.js';
export { PostgresSourceStage } from './seed/postgres-source-stage.js';
export { CreateSeedTables } from './seed/create-seed-tables.migration.js';
export { PostgresCertificateStore } from './seed/postgres-certificate-store.js';
export { PostgresSeedJobStore } from './seed/postgres-seed-job-store.js';
export { PostgresSeedPlaces } from './seed/postgres-seed-places.js';
export { PostgresSeedTarget, type SeedTargetOptions } from './seed/postgres-seed-target.js';
export { CreateWebhookTables } from './notifier/create-webhook-tables.migration.js';
export { PostgresDeliveryStore, type NewDelivery, type DeliveryPage } from './notifier/postgres-delivery-store.js';
export { AddHeldLetters } from './replay/add-held-letters.migration.js';
export { AddReplayRunner } from './replay/add-replay-runner.migration.js';
export { CreateReplayTables } from './replay/create-replay-tables.migration.js';
export { PostgresReplayStore } from './replay/postgres-replay-store.js';
export { CreateDeadLetterTables } from './replay/create-dead-letter-tables.migration.js';
export { PostgresDeadLetterStore } from './replay/postgres-dead-letter-store.js';
export { CreateAdminTables } from './admin/create-admin-tables.migration.js';
export { AddAdminPeople } from './admin/add-admin-people.migration.js';
export { CreateTrend } from './admin/create-trend.migration.js';
export { PostgresTrendStore } from './admin/postgres-trend-store.js';
export {
  PostgresAdminSessions,
  type PendingSignIn,
  type SessionOwner,
  type StoredSession,
} from './admin/postgres-admin-sessions.js';
export { PostgresAdminStore, type LocalPerson } from './admin/postgres-admin-store.js';
export { CreateAccessTables } from './access/create-access-tables.migration.js';
export { CreateApiKeys } from './access/create-api-keys.migration.js';
export { PostgresApiKeyStore } from './access/postgres-api-key-store.js';
export { PostgresApprovalStore } from './access/postgres-approval-store.js';
export {
  auditCursorAfter,
  PostgresAuditReads,
  type AuditCursor,
  type AuditFilter,
  type ServiceEntry,
} from './access/postgres-audit-reads.js';
export { PostgresAuditStore } from './access/postgres-audit-store.js';
export { CreateOffsetResets } from './replay/create-offset-resets.migration.js';
export { PostgresOffsetResets, type OffsetReset } from './replay/postgres-offset-resets.js';
export { AddNewestRecord } from './indexer/add-newest-record.migration.js';
export { CreateIndexTables } from './indexer/create-index-tables.migration.js';
export { IndexRecordsByKind } from './indexer/index-records-by-kind.migration.js';
export { PostgresRecordIndexStore } from './indexer/postgres-record-index-store.js';
export { AddNamedFeeds } from './feed/add-named-feeds.migration.js';
export { CreateFeedTables } from './feed/create-feed-tables.migration.js';
export { PostgresFeedStore } from './feed/postgres-feed-store.js';
export { PostgresFeedTarget, type FeedTargetOptions } from './feed/postgres-feed-target.js';
