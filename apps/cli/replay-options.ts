import { readFileSync } from 'node:fs';
import { HubError, parseInstant } from '#kernel';
import { replaySelectionSchema, type ReplayCondition, type ReplayRequest, type ReplaySelection } from '#replay';

/** What a command line says of a replay. */
export interface ReplayFlags {
  readonly lane?: string;
  readonly to?: string;
  readonly append?: boolean;
  readonly offsets?: readonly string[];
  readonly from?: string;
  readonly until?: string;
  readonly key?: readonly string[];
  readonly keys?: string;
  readonly where?: readonly string[];
  readonly rate?: string;
  readonly rampUp?: string;
  readonly execute?: boolean;
  readonly yes?: boolean;
}

const DEFAULT_RAMP_SECONDS = 30;

/** @throws HubError HUB_REQUEST_INVALID for what can't be understood, each with an example */
export function readRequest(source: string, flags: ReplayFlags): ReplayRequest {
  const { rate, rampUp } = flags;
  return {
    source,
    to: readTarget(flags),
    selection: readSelection(flags),
    pace: {
      perSecond: rate === undefined ? null : readNumber('--rate', rate, 1),
      rampMs: 1_000 * (rampUp === undefined ? DEFAULT_RAMP_SECONDS : readNumber('--ramp-up', rampUp, 0)),
    },
  };
}

function readTarget({ lane, to, append = false }: ReplayFlags): ReplayRequest['to'] {
  if (lane !== undefined && to === undefined) return { kind: 'lane', group: lane };
  if (to !== undefined && lane === undefined) return { kind: 'topic', topic: to, append };
  throw invalid('Name one target: --lane GROUP, or --to TOPIC. A group is set back with `plumbline offsets reset`.');
}

function readSelection({ offsets, from, until, key = [], keys, where }: ReplayFlags): ReplaySelection {
  const wanted = [...key, ...(keys === undefined ? [] : readKeys(keys))];
  const parsed = replaySelectionSchema.safeParse({
    ...(offsets && { offsets: offsets.map(readWindow) }),
    ...(from !== undefined && { fromMs: readTime('--from', from) }),
    ...(until !== undefined && { untilMs: readTime('--until', until) }),
    ...((key.length > 0 || keys !== undefined) && { keys: wanted }),
    ...(where && { where: where.map(readCondition) }),
  });
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

/** One key a line. */
function readKeys(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split(/\r?\n/)
      .filter((line) => line !== '');
  } catch (cause) {
    throw new HubError('HUB_REQUEST_INVALID', `--keys: ${path} can't be read.`, { path }, { cause });
  }
}

function readWindow(text: string): unknown {
  const match = /^(\d{1,6})(?::(\d*)-(\d*))?$/.exec(text);
  if (!match) throw invalid(`--offsets ${text}: write PARTITION:FROM-UNTIL, like 0:100-200, 0:100- or 3.`);
  const [, partition, from, until] = match;
  return { partition: Number(partition), ...(from && { from }), ...(until && { until }) };
}

/** Milliseconds since the epoch. @throws HubError HUB_REQUEST_INVALID */
export function readTime(flag: string, text: string): number {
  const instant = parseInstant(text);
  if (instant) return Date.parse(instant);
  throw invalid(`${flag} ${text}: write a time with its zone, like 2026-11-23T04:05:06Z or 2026-11-23T05:05:06+01:00.`);
}

/** `FIELD=VALUE`, `FIELD~PATTERN` or `header:NAME=VALUE`. @throws HubError HUB_REQUEST_INVALID */
export function readCondition(text: string): ReplayCondition {
  const match = /^(header:)?([^=~]+)([=~])(.*)$/s.exec(text);
  if (!match) throw invalid(`--where ${text}: write FIELD=VALUE, FIELD~PATTERN or header:NAME=VALUE.`);
  const [, header, name = '', sign, value = ''] = match;
  return { on: header ? 'header' : 'field', name, test: sign === '=' ? 'equals' : 'matches', value };
}

function readNumber(flag: string, text: string, least: number): number {
  if (/^\d{1,7}$/.test(text) && Number(text) >= least) return Number(text);
  throw invalid(`${flag} must be a whole number from ${least} to 9999999.`);
}

function invalid(message: string): HubError {
  return new HubError('HUB_REQUEST_INVALID', message);
}
