import { HubError } from '#kernel';

/**
 * Every place between two steps of reading and writing at which fault runs kill a connector (`npm run faults -- --failpoints`):
 * a name is passed when what it says has been done.
 */
export const FAILPOINTS = [
  'reader:page-read',
  'reader:page-stored',
  'reader:committed',
  'golden:page-stored',
  'golden:committed',
  'writer:rows-leased',
  'writer:intents-committed',
  'writer:ticket-drawn',
  'writer:answered',
  'writer:answer-stored',
  'writer:committed',
  'rereader:rows-leased',
  'rereader:rows-read',
  'rereader:committed',
  'scan:page-read',
  'scan:page-stored',
  'scan:ended',
] as const;

/** Name of a failpoint. */
export type FailpointName = (typeof FAILPOINTS)[number];

/** Marks a place: the process kills itself there when the environment named it, and nothing happens otherwise. */
export type Failpoint = (name: FailpointName) => void;

const disarmed: Failpoint = () => undefined;

/**
 * Arms one failpoint: the first to pass it ends the process as `kill -9` does, with no handler run and nothing flushed.
 * @throws HubError HUB_CONFIG_INVALID when there is no such failpoint
 */
export function armFailpoint(armed: string | undefined): Failpoint {
  if (armed === undefined) return disarmed;
  if (!FAILPOINTS.some((name) => name === armed))
    throw new HubError('HUB_CONFIG_INVALID', `PLUMBLINE_FAILPOINT: there is no failpoint "${armed}".`, {
      failpoints: FAILPOINTS.join(', '),
    });
  return (name) => void (name === armed && process.kill(process.pid, 'SIGKILL'));
}
