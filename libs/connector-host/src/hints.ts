import type { FetchSelector, WebhookHint } from '#connector-sdk';
import type { Entity } from '#contracts';
import { StepLoop, traceParentOf, withTraceParents, type BusinessKey, type ExternalId, type HubError } from '#kernel';
import { ReadingCommit } from './commit-readings.js';
import type { EntityContext, HostContext } from './host-context.js';

/** Names that wait; more are dropped, since the next poll or scan finds what they meant. */
const MAX_WAITING = 10_000;
const IDLE_MS = 60_000;

/** Names, each with the trace of the request that named it. */
interface Waiting {
  readonly ids: Map<ExternalId, string | undefined>;
  readonly keys: Map<BusinessKey, string | undefined>;
}

/**
 * Records that a system says have changed (webhooks): read soon, as a page of changes is. A hint is never the truth, and
 * losing one loses nothing: it only makes what the cursor or the next scan finds arrive earlier.
 */
export class Hints {
  readonly loop: StepLoop;
  private readonly waiting = new Map<Entity, Waiting>();

  constructor(
    private readonly context: HostContext,
    onFatal: (error: HubError) => void,
  ) {
    const { clock, random, logger } = context;
    this.loop = new StepLoop({
      ...{ clock, random, logger, onFatal, endsOn: ['crash'], wakesFromErrors: true },
      name: 'hints',
      idleMs: IDLE_MS,
      step: () => this.context.restored.watch(() => this.readOne()),
    });
  }

  /** @returns how many names wait, of all entities */
  add(hints: readonly WebhookHint[]): number {
    for (const { entity, selector } of hints) {
      if (!this.context.entities.has(entity)) continue;
      const waiting = this.waiting.get(entity) ?? { ids: new Map(), keys: new Map() };
      this.waiting.set(entity, waiting);
      if (waiting.ids.size + waiting.keys.size >= MAX_WAITING) continue;
      if (selector.by === 'externalId') for (const id of selector.ids) waiting.ids.set(id, traceParentOf(id));
      else for (const key of selector.keys) waiting.keys.set(key, traceParentOf(key));
    }
    this.loop.wake();
    return [...this.waiting.values()].reduce((sum, { ids, keys }) => sum + ids.size + keys.size, 0);
  }

  private async readOne(): Promise<boolean> {
    for (const [name, { ids, keys }] of this.waiting) {
      const entity = this.context.entities.get(name);
      if (!entity || ids.size + keys.size === 0) continue;
      const { pageSize } = this.context.settings;
      if (ids.size > 0) {
        const traces = takeFrom(ids, pageSize);
        await readHinted(this.context, entity, { by: 'externalId', ids: [...traces.keys()] }, traces);
      } else {
        const traces = takeFrom(keys, pageSize);
        await readHinted(this.context, entity, { by: 'key', keys: [...traces.keys()] }, traces);
      }
      return true;
    }
    return false;
  }
}

function takeFrom<T>(waiting: Map<T, string | undefined>, limit: number): Map<T, string | undefined> {
  const taken = new Map([...waiting].slice(0, limit));
  for (const one of taken.keys()) waiting.delete(one);
  return taken;
}

/** What is not found is left to the cursor and to scans: a name in a request is no proof of a delete. */
async function readHinted(
  context: HostContext,
  entity: EntityContext,
  selector: FetchSelector,
  traces: ReadonlyMap<string, string | undefined>,
): Promise<void> {
  const ticket = await context.store.drawTicket();
  const readAtMs = context.clock.nowMs();
  const { records } = await context.connector.fetch(entity.entity, selector);
  if (records.length === 0) return;
  const named = new Map(records.map(({ externalId, key }) => [externalId, traces.get(externalId) ?? traces.get(key)]));
  const counts = await withTraceParents(named, () =>
    context.store.transaction(async (tx) => {
      const commit = new ReadingCommit(context, entity, tx);
      await commit.add({ records, readAtMs, ticket });
      return commit.commit(context.newId());
    }),
  );
  if (counts.authored > 0) context.wake.outbox();
  if (counts.queued > 0) context.wake.rereader(entity.entity);
  context.wake.writer(entity.entity);
}
