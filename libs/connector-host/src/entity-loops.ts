import type { Entity } from '#contracts';
import type { HubError } from '#kernel';
import type { RoundMirror } from '#mirror';
import type { EntityContext, HostContext } from './host-context.js';
import { HostLoop } from './host-loop.js';
import { FullScan } from './full-scan.js';
import { Poller } from './poller.js';
import { rereadOnce } from './rereader.js';
import { writeOnce } from './writer.js';

/** Pause of the writer and of the second reader when nothing wakes them. */
const IDLE_MS = 500;

/** The loops of one entity: reading changes, reading again, writing. */
export interface EntityLoops {
  readonly entity: Entity;
  readonly poller: Poller;
  readonly reader: HostLoop;
  readonly rereader: HostLoop;
  readonly writer: HostLoop;
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
  const common = { clock, random, logger, onFatal };
  const poller = new Poller(context, entity);
  const fullScan = new FullScan(context, entity, mirror);
  const isScanned = entity.capabilities.changes === 'scan';
  const backPressure = async (step: () => Promise<boolean>): Promise<boolean> => {
    if ((await context.outboxRows()) > settings.maxOutboxRows) return false;
    return step();
  };
  return {
    entity: entity.entity,
    poller,
    reader: new HostLoop({
      ...common,
      name: isScanned ? 'scan' : 'poll',
      idleMs: isScanned ? settings.scanIntervalMs : settings.pollIntervalMs,
      step: () => backPressure(() => (isScanned ? fullScan.run() : poller.pollOnce().then(({ more }) => more))),
    }),
    rereader: new HostLoop({
      ...common,
      name: 'reread',
      idleMs: IDLE_MS,
      step: async () => (await rereadOnce(context, entity)) > 0,
    }),
    writer: new HostLoop({
      ...common,
      name: 'write',
      idleMs: IDLE_MS,
      step: async () => (await writeOnce(context, entity)).rows > 0,
    }),
  };
}
