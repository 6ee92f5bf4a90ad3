import type {
  Capabilities,
  ChangePage,
  CheckReport,
  Connector,
  DigestTraits,
  DiscoveredEntity,
  FetchResult,
  FetchSelector,
  IncomingWebhook,
  KeyDigest,
  KeyRange,
  RangeDigest,
  ReadCost,
  RecordWrite,
  ScanPage,
  WalkPage,
  WebhookHint,
  WriteOutcome,
} from '#connector-sdk';
import type { Entity, SystemMode } from '#contracts';
import { HubError, type ExternalId } from '#kernel';

/** A connector that is opened anew when the mode changes, so that in `observe` its connection itself is read-only. */
export class SwitchableConnector implements Connector {
  private current: Connector;

  constructor(
    private readonly open: (mode: SystemMode) => Connector,
    private mode: SystemMode,
  ) {
    this.current = open(mode);
  }

  /** Opens the connector in the mode; calls in flight end on the old connection. */
  async switchTo(mode: SystemMode): Promise<void> {
    if (mode === this.mode) return;
    const old = this.current;
    this.current = this.open(mode);
    this.mode = mode;
    await old.close();
  }

  capabilities(entity: Entity): Capabilities {
    return this.current.capabilities(entity);
  }

  check(): Promise<CheckReport> {
    return this.current.check();
  }

  discover(): Promise<readonly DiscoveredEntity[]> {
    return this.current.discover();
  }

  changes(entity: Entity, cursor: string | null, limit: number): Promise<ChangePage> {
    return this.current.changes(entity, cursor, limit);
  }

  scan(entity: Entity, range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage> {
    return this.current.scan(entity, range, after, limit);
  }

  walk(entity: Entity, cursor: string | null): Promise<WalkPage> {
    if (!this.current.walk) throw new HubError('HUB_INVARIANT_BROKEN', 'This connector does not walk.');
    return this.current.walk(entity, cursor);
  }

  readCost(entity: Entity): ReadCost {
    return this.current.readCost?.(entity) ?? { pageSize: null, callsPerSecond: null };
  }

  fetch(entity: Entity, selector: FetchSelector): Promise<FetchResult> {
    return this.current.fetch(entity, selector);
  }

  apply(entity: Entity, writes: readonly RecordWrite[]): Promise<readonly WriteOutcome[]> {
    return this.current.apply(entity, writes);
  }

  digest(entity: Entity, ranges: readonly KeyRange[]): Promise<readonly RangeDigest[]> {
    if (!this.current.digest) throw new HubError('HUB_INVARIANT_BROKEN', 'This connector computes no digests.');
    return this.current.digest(entity, ranges);
  }

  keyDigests(entity: Entity, ranges: readonly KeyRange[]): Promise<readonly KeyDigest[]> {
    if (!this.current.keyDigests) throw new HubError('HUB_INVARIANT_BROKEN', 'This connector computes no digests.');
    return this.current.keyDigests(entity, ranges);
  }

  digestTraits(entity: Entity): Promise<DigestTraits> {
    if (!this.current.digestTraits) throw new HubError('HUB_INVARIANT_BROKEN', 'This connector computes no digests.');
    return this.current.digestTraits(entity);
  }

  /** @throws HubError HUB_WEBHOOK_REFUSED, also where this system sends none */
  webhook(request: IncomingWebhook): readonly WebhookHint[] {
    if (!this.current.webhook)
      throw new HubError('HUB_WEBHOOK_REFUSED', 'No webhook is declared for this system.', { reason: 'not-declared' });
    return this.current.webhook(request);
  }

  close(): Promise<void> {
    return this.current.close();
  }
}
