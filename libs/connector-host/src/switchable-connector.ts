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
  private opened: Opened;

  constructor(
    private readonly open: (mode: SystemMode) => Connector,
    private mode: SystemMode,
  ) {
    this.opened = new Opened(open(mode));
  }

  /** The mode that calls from now on are made in. */
  get openedIn(): SystemMode {
    return this.mode;
  }

  /**
   * Opens the connector in the mode. Calls in flight end on the old connection, which is closed behind the last of them: a call
   * may ask it several times, and would find it closed in the middle.
   */
  async switchTo(mode: SystemMode): Promise<void> {
    if (mode === this.mode) return;
    const old = this.opened;
    this.opened = new Opened(this.open(mode));
    this.mode = mode;
    await old.untilIdle();
    await old.connector.close();
  }

  capabilities(entity: Entity): Capabilities {
    return this.opened.connector.capabilities(entity);
  }

  check(): Promise<CheckReport> {
    return this.opened.call((connector) => connector.check());
  }

  discover(): Promise<readonly DiscoveredEntity[]> {
    return this.opened.call((connector) => connector.discover());
  }

  changes(entity: Entity, cursor: string | null, limit: number): Promise<ChangePage> {
    return this.opened.call((connector) => connector.changes(entity, cursor, limit));
  }

  scan(entity: Entity, range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage> {
    return this.opened.call((connector) => connector.scan(entity, range, after, limit));
  }

  walk(entity: Entity, cursor: string | null): Promise<WalkPage> {
    return this.opened.call((connector) => {
      if (!connector.walk) throw new HubError('HUB_INVARIANT_BROKEN', 'This connector does not walk.');
      return connector.walk(entity, cursor);
    });
  }

  readCost(entity: Entity): ReadCost {
    return this.opened.connector.readCost?.(entity) ?? { pageSize: null, callsPerSecond: null };
  }

  fetch(entity: Entity, selector: FetchSelector): Promise<FetchResult> {
    return this.opened.call((connector) => connector.fetch(entity, selector));
  }

  apply(entity: Entity, writes: readonly RecordWrite[]): Promise<readonly WriteOutcome[]> {
    return this.opened.call((connector) => connector.apply(entity, writes));
  }

  digest(entity: Entity, ranges: readonly KeyRange[]): Promise<readonly RangeDigest[]> {
    return this.opened.call((connector) => {
      if (!connector.digest) throw new HubError('HUB_INVARIANT_BROKEN', 'This connector computes no digests.');
      return connector.digest(entity, ranges);
    });
  }

  keyDigests(entity: Entity, ranges: readonly KeyRange[]): Promise<readonly KeyDigest[]> {
    return this.opened.call((connector) => {
      if (!connector.keyDigests) throw new HubError('HUB_INVARIANT_BROKEN', 'This connector computes no digests.');
      return connector.keyDigests(entity, ranges);
    });
  }

  digestTraits(entity: Entity): Promise<DigestTraits> {
    return this.opened.call((connector) => {
      if (!connector.digestTraits) throw new HubError('HUB_INVARIANT_BROKEN', 'This connector computes no digests.');
      return connector.digestTraits(entity);
    });
  }

  /** @throws HubError HUB_WEBHOOK_REFUSED, also where this system sends none */
  webhook(request: IncomingWebhook): readonly WebhookHint[] {
    if (!this.opened.connector.webhook)
      throw new HubError('HUB_WEBHOOK_REFUSED', 'No webhook is declared for this system.', { reason: 'not-declared' });
    return this.opened.connector.webhook(request);
  }

  close(): Promise<void> {
    return this.opened.connector.close();
  }
}

/** A connector, and how many calls of it are in flight. */
class Opened {
  private calls = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(readonly connector: Connector) {}

  async call<T>(work: (connector: Connector) => Promise<T>): Promise<T> {
    this.calls += 1;
    try {
      return await work(this.connector);
    } finally {
      this.calls -= 1;
      if (this.calls === 0) for (const goOn of this.waiting.splice(0)) goOn();
    }
  }

  /** Resolves when no call is in flight; none comes any more once another one is the current. */
  async untilIdle(): Promise<void> {
    if (this.calls > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}
