import { StepLoop, type HubError } from '#kernel';
import type { HostAdmin } from './host-admin.js';
import type { HostContext } from './host-context.js';

const LOOK_MS = 2_000;

/** The loop by which a replica follows a mode that another one was told. */
export function createModeLoop(
  { clock, random, logger }: HostContext,
  admin: Pick<HostAdmin, 'followMode'>,
  onFatal: (error: HubError) => void,
): StepLoop {
  return new StepLoop({
    ...{ clock, random, logger, onFatal, endsOn: ['crash'], wakesFromErrors: true },
    name: 'mode',
    idleMs: LOOK_MS,
    step: async () => {
      await admin.followMode();
      return false;
    },
  });
}
