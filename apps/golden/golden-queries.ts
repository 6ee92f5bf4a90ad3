import type { FourEyes, PendingApproval, RequestAccess } from '#auth';
import {
  ENTITIES,
  type AsOfReport,
  type Entity,
  type ExplainReport,
  type GoldenStatus,
  type Hold,
  type HoldDecision,
} from '#contracts';
import { explain, type GoldenMerger, type GoldenStore, type HoldRow } from '#golden-record';
import type { SurvivorshipPolicy } from '#hub-file';
import { HubError, instantOfMs, type BusinessKey, type Clock, type Instant } from '#kernel';
import type { OutboxStore } from '#outbox';

/** What golden's HTTP API answers from. */
export interface GoldenQueriesOptions {
  readonly store: GoldenStore;
  readonly outbox: Pick<OutboxStore, 'findBacklog'>;
  readonly merger: Pick<GoldenMerger, 'decide'>;
  readonly policies: Readonly<Partial<Record<Entity, SurvivorshipPolicy>>>;
  readonly clock: Clock;
  readonly fourEyes: FourEyes;
  /** Called after a decision: what it let go waits to be settled. */
  readonly onDecided: () => void;
}

/** Reads of the golden store, and decisions on holds. */
export class GoldenQueries {
  constructor(private readonly options: GoldenQueriesOptions) {}

  async status(): Promise<GoldenStatus> {
    const { store, outbox } = this.options;
    const { rows } = await outbox.findBacklog();
    return {
      entities: await store.countEntities(),
      outboxRows: rows,
      openHolds: (await store.findHolds('open')).length,
    };
  }

  /** @throws HubError HUB_NOT_FOUND */
  async explain(entityName: string, keyText: string): Promise<ExplainReport> {
    const entity = toEntity(entityName);
    const key = keyText as BusinessKey;
    const { store, policies } = this.options;
    const record = await store.findRecord(entity, key);
    const policy = policies[entity];
    const report = record && policy && explain(entity, record, policy, await store.findHoldsOf(entity, key));
    if (!report) throw notFound(entity, key);
    return report;
  }

  /** The version in force at `at`; now without one. @throws HubError HUB_NOT_FOUND */
  async asOf(entityName: string, keyText: string, at: Instant | null): Promise<AsOfReport> {
    const entity = toEntity(entityName);
    const key = keyText as BusinessKey;
    const past = await this.options.store.findAsOf(entity, key, at ?? instantOfMs(this.options.clock.nowMs()));
    if (!past) throw notFound(entity, key);
    const { version, status, changedAt, fields } = past;
    return { entity, key, version: version.toString(), status, changedAt, fields };
  }

  /** Published versions, the newest first; none for a record that golden does not have. */
  async versions(entityName: string, keyText: string, limit: number): Promise<AsOfReport[]> {
    const entity = toEntity(entityName);
    const key = keyText as BusinessKey;
    const found = await this.options.store.findVersions(entity, key, limit);
    return found.map(({ version, status, changedAt, fields }) => {
      return { entity, key, version: version.toString(), status, changedAt, fields };
    });
  }

  /** Keys that begin with the text, in byte order. */
  keys(entityName: string, prefix: string, limit: number): Promise<BusinessKey[]> {
    return this.options.store.findKeys(toEntity(entityName), prefix, limit);
  }

  async holds(state: Hold['state'] | null): Promise<Hold[]> {
    return (await this.options.store.findHolds(state)).map(toHold);
  }

  /** Approvals that wait for a second person, as far as the caller's roles reach what they are of. */
  async waiting(access: RequestAccess): Promise<PendingApproval[]> {
    const { store, fourEyes } = this.options;
    const [waiting, holds] = [await fourEyes.waiting(), await store.findHolds('open')];
    const reached: PendingApproval[] = [];
    for (const one of waiting) {
      const object =
        holds.find(({ id }) => id === one.subject) ?? (await store.findRevert(one.subject))?.selection ?? null;
      if (object && access.reaches(object)) reached.push(one);
    }
    return reached;
  }

  /** @throws HubError HUB_NOT_FOUND, HUB_REQUEST_INVALID, HUB_APPROVAL_STALE, HUB_SECOND_PERSON_NEEDED */
  async decide(
    holdId: string,
    { verdict, ...decision }: HoldDecision & { readonly verdict: 'approved' | 'rejected' },
    access: RequestAccess,
  ): Promise<Hold> {
    const { store, merger, fourEyes, onDecided } = this.options;
    const held = (await store.findHolds(null)).find(({ id }) => id === holdId);
    if (!held) throw new HubError('HUB_NOT_FOUND', `There is no hold ${holdId}.`, { holdId });
    access.assertReaches(held);
    const decide = (): Promise<HoldRow> => merger.decide({ holdId, verdict, ...decision });
    const request = { act: access.permission, subject: holdId, digest: decision.digest };
    const { principal } = access;
    const isLarge = { records: held.count, principal };
    const hold = verdict === 'approved' ? await fourEyes.run(request, isLarge, decide) : await decide();
    onDecided();
    return toHold(hold);
  }
}

function toHold(row: HoldRow): Hold {
  const { id, system, entity, rule, count, limit, reason, samples, digest, openedAt, decidedAt, decidedBy } = row;
  const state = row.state === 'approved' || row.state === 'rejected' ? row.state : 'open';
  const what = { id, kind: 'live', system, entity, rule, count, limit, reason, samples, digest } as const;
  return { ...what, state, openedAt, decidedAt, decidedBy };
}

function toEntity(name: string): Entity {
  if (Object.hasOwn(ENTITIES, name)) return name as Entity;
  throw new HubError('HUB_NOT_FOUND', `There is no entity ${name}.`, { entity: name, known: Object.keys(ENTITIES) });
}

function notFound(entity: Entity, key: BusinessKey): HubError {
  return new HubError('HUB_NOT_FOUND', `Golden has no ${entity} ${key} at that time.`, { entity, key });
}
