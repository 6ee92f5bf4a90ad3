import { StepLoop, type HubError } from '#kernel';
import { resume, type RoundMirror } from '#mirror';
import type { EntityLoops } from './entity-loops.js';
import type { EntityContext, HostContext } from './host-context.js';
import type { OwnTopics } from './own-topics.js';
import { rebaseAsChosen, rebaseEntity, type Rebase } from './rebase.js';

/** What settling needs besides the context. */
export interface Settling {
  readonly mirror: RoundMirror;
  readonly ownTopics: OwnTopics;
  /** Golden events of a topic that are not yet stored in the mirror. */
  readonly lagOf: (topic: string) => Promise<number>;
}

/** How often the database is asked whether the system is held as restored. */
const LOOK_MS = 2_000;

/** How often the ends of its own topics are remembered: so much is read again at a start. */
const MARK_EVERY_MS = 30_000;

/** The loop that settles what was restored; it sees what another process did. */
export function createSettlingLoop(
  context: HostContext,
  settling: Settling,
  loops: readonly EntityLoops[],
  onFatal: (error: HubError) => void,
): StepLoop {
  const { clock, random, logger } = context;
  return new StepLoop({
    ...{ clock, random, logger, onFatal, endsOn: ['crash'], wakesFromErrors: true },
    name: 'restored',
    idleMs: LOOK_MS,
    step: async () => {
      if (await settleRestored(context, settling)) beginAnew(loops);
      return false;
    },
  });
}

/** The loop that remembers how far its topics are known; it ends where this database went back in time (ADR 11). */
export function createMarkLoop(
  { clock, random, logger, restored }: HostContext,
  ownTopics: OwnTopics,
  onFatal: (error: HubError) => void,
): StepLoop {
  let markedAtMs = clock.nowMs();
  return new StepLoop({
    ...{ clock, random, logger, onFatal, endsOn: ['park', 'stop', 'crash'], wakesFromErrors: false },
    name: 'marks',
    idleMs: LOOK_MS,
    step: async () => {
      if (restored.phase !== 'trusted' || clock.nowMs() - markedAtMs < MARK_EVERY_MS) return false;
      await ownTopics.mark();
      markedAtMs = clock.nowMs();
      return false;
    },
  });
}

function beginAnew(loops: readonly EntityLoops[]): void {
  for (const { poller, all } of loops) {
    poller.reset();
    for (const loop of all) loop.wake();
  }
}

/**
 * One look at what was restored from a backup: does what a person chose, or what the own topics say, one entity after the
 * other, and ends it when all is written.
 * @returns true when the system is trusted or pushed again since this call: its loops should begin anew
 */
export async function settleRestored(context: HostContext, settling: Settling): Promise<boolean> {
  const { restored } = context;
  const before = restored.phase;
  await restored.refresh();
  if (restored.phase === 'rebasing') await rebaseAll(context, settling);
  else if (restored.phase === 'pushing') await restored.noteWritten();
  return restored.phase !== before && (restored.phase === 'trusted' || restored.phase === 'pushing');
}

async function rebaseAll(context: HostContext, settling: Settling): Promise<void> {
  const { restored, entities, logger } = context;
  // which values golden wanted is known when its events are stored
  if (restored.current?.keep === 'topics' && (await hasGoldenLag(context, settling))) return;
  for (const entity of entities.values()) {
    const records = await rebaseEntity(context, settling.mirror, await rebaseOf(context, settling, entity));
    logger.info({ entity: entity.entity, records }, 'restored: records read again');
  }
  await restored.noteRebased();
}

async function hasGoldenLag({ entities, topics }: HostContext, { lagOf }: Settling): Promise<boolean> {
  for (const entity of entities.keys()) if ((await lagOf(topics.golden(entity))) > 0) return true;
  return false;
}

async function rebaseOf(context: HostContext, { ownTopics }: Settling, entity: EntityContext): Promise<Rebase> {
  const keep = context.restored.current?.keep;
  if (keep === 'hub' || keep === 'system') return rebaseAsChosen(entity, keep);
  const versions = await ownTopics.readGolden(entity.entity);
  return {
    entity,
    rule: {
      observe: (row, reading) => {
        const golden = [...(versions.get(row.key) ?? []), ...(row.golden ? [row.golden.fields] : [])];
        const wanted = golden.flatMap((fields) => [fields, entity.mapping.project(fields)]);
        return resume(row, reading, entity.traits, wanted);
      },
      isBulk: false,
    },
    isJudged: false,
  };
}
