import type { Entity } from '#contracts';
import { inLane, StepLoop, type HubError } from '#kernel';
import type { RoundMirror } from '#mirror';
import type { EntityContext, HostContext } from './host-context.js';
import { FullScan } from './full-scan.js';
import { Poller } from './poller.js';
import { rereadOnce } from './rereader.js';
import { writeOnce, type WriteResult } from './writer.js';

/** Pause of the writer and of the second reader when nothing wakes them: back-offs end within it. */
const IDLE_MS = 2_000;

/**
 * How long reading waits for a pass of the writer. What it reads meanwhile of the rows being written may be stale, and
 * would be read a second time; a system that answers slowly must not hold its own changes up.
 */
const WRITER_PASS_MS = 250;

/** The loops of one entity: reading changes, reading again, writing. */
export interface EntityLoops {
  readonly entity: Entity;
  readonly poller: Poller;
  /** Reads what changed; says how far it got. */
  readonly source: Poller | FullScan;
  readonly reader: StepLoop;
  readonly rereader: StepLoop;
  /** More than one where the system takes several calls at once: the first is then for live changes only. */
  readonly writers: readonly StepLoop[];
  readonly all: readonly StepLoop[];
}

/** Makes the loops of one entity; they start by `start()`. */
export function createEntityLoops(
  context: HostContext,
  entity: EntityContext,
  mirror: RoundMirror,
  onFatal: (error: HubError) => void,
): EntityLoops {
  const { clock, random, settings } = context;
  const logger = context.logger.child({ entity: entity.entity });
  // A wake tells of new work, and often that a system is back: it also ends the wait after an error.
  const common = { clock, random, logger, onFatal, endsOn: ['crash'], wakesFromErrors: true } as const;
  const poller = new Poller(context, entity);
  const isScanned = entity.capabilities.changes === 'scan';
  const source = isScanned ? new FullScan(context, entity, mirror) : poller;
  const steps = createSteps(context, entity, source);
  const pollPauseMs = Math.max(settings.pollIntervalMs, entity.capabilities.pollPauseMs ?? 0);
  const reader = new StepLoop({
    ...common,
    name: isScanned ? 'scan' : 'poll',
    idleMs: isScanned ? settings.scanIntervalMs : pollPauseMs,
    step: steps.read,
  });
  const rereader = new StepLoop({ ...common, name: 'reread', idleMs: IDLE_MS, step: steps.reread });
  const writers = writerNames(entity.capabilities).map(
    ([name, lane]) => new StepLoop({ ...common, name, idleMs: IDLE_MS, step: () => steps.write(lane) }),
  );
  return { entity: entity.entity, poller, source, reader, rereader, writers, all: [reader, rereader, ...writers] };
}

function writerNames({ bulkCalls = 1 }: EntityContext['capabilities']): (readonly [string, 'live' | 'any'])[] {
  if (bulkCalls === 1) return [['write', 'any']];
  return [['write live', 'live'], ...Array.from({ length: bulkCalls }, (_, n) => [`write ${n + 1}`, 'any'] as const)];
}

/** Steps of the loops of one entity. */
interface Steps {
  readonly read: () => Promise<boolean>;
  readonly reread: () => Promise<boolean>;
  readonly write: (lane: 'live' | 'any') => Promise<boolean>;
}

/**
 * Reading changes waits a moment for the passes of the writers. After an outage, and at the start, changes are read before
 * anything else is read or written: only the cursor shows that the system came back from a backup.
 */
function createSteps(context: HostContext, entity: EntityContext, source: Poller | FullScan): Steps {
  const { clock, settings, restored, wake } = context;
  const hasCursor = source instanceof Poller;
  let [wasBusy, isKnown] = [true, !hasCursor];
  const passes = new Set<Promise<unknown>>();
  const noteOutage = (error: unknown): never => {
    isKnown = !hasCursor;
    throw error;
  };
  const step = (work: () => Promise<boolean>): Promise<boolean> => restored.watch(work).catch(noteOutage);
  const whenKnown = (work: () => Promise<boolean>): Promise<boolean> => step(async () => isKnown && (await work()));
  return {
    read: () =>
      step(async () => {
        // bulk adds rows only while few wait, so that live changes keep their latency
        if (wasBusy && (await context.outboxRows()) > settings.maxOutboxRows) return false;
        if (source instanceof FullScan) return source.run();
        const waited = new AbortController();
        await Promise.race([Promise.all(passes), clock.sleep(WRITER_PASS_MS, waited.signal)]);
        waited.abort();
        const { records, more } = await source.pollOnce();
        wasBusy = records > 0;
        if (!isKnown) {
          isKnown = true;
          wake.writer(entity.entity);
          wake.rereader(entity.entity);
        }
        return more;
      }),
    reread: () => whenKnown(async () => (await rereadOnce(context, entity)) > 0),
    write: (lane) =>
      whenKnown(async () => {
        const writing = writeLane(context, entity, lane);
        const pass = writing.catch(() => undefined); // the loop gets the error
        passes.add(pass);
        const { rows, unknown } = await writing.finally(() => passes.delete(pass));
        if (unknown > 0) isKnown = !hasCursor;
        return rows > 0;
      }),
  };
}

/** Live rows go first; bulk rows are written in a lane of their own, which lets live calls overtake. */
async function writeLane(context: HostContext, entity: EntityContext, lane: 'live' | 'any'): Promise<WriteResult> {
  const isAlone = (entity.capabilities.bulkCalls ?? 1) === 1;
  if (lane === 'any' && !isAlone) return inLane('bulk', () => writeOnce(context, entity));
  const live = await inLane('live', () => writeOnce(context, entity, false));
  return lane === 'live' || live.rows > 0 ? live : inLane('bulk', () => writeOnce(context, entity));
}
