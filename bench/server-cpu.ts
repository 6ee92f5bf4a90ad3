import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** CPU of a process, of its children, and of its children that ended, in seconds. */
export function serverCpuSeconds(pid: number): number {
  const fields = statOf(pid);
  const own = sum(fields.slice(11, 15)); // utime, stime, and both of ended children
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && statOf(Number(name))[1] === String(pid));
  return (
    (own + children.reduce((ticks, child) => ticks + sum(statOf(Number(child)).slice(11, 13)), 0)) / TICKS_PER_SECOND
  );
}

/** The fields of /proc/PID/stat from the state on; none when the process is gone. */
function statOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  } catch {
    return []; // it ended while we were looking
  }
}

function sum(values: readonly string[]): number {
  return values.reduce((total, value) => total + Number(value), 0);
}
