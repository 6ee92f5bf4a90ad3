import type { ErrorCode, HubError } from '#kernel';

/** Exit codes of every command. */
export const EXIT = {
  ok: 0,
  /** Problems were found, or the command failed. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** Something is held or needs a decision first. */
  held: 3,
  /** A service or server did not answer. */
  unreachable: 4,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_CODE: Readonly<Partial<Record<ErrorCode, ExitCode>>> = {
  HUB_REQUEST_INVALID: EXIT.usage,
  HUB_LIMIT_EXCEEDED: EXIT.held,
  HUB_APPROVAL_STALE: EXIT.held,
  HUB_MODE_NEEDS_ADOPT: EXIT.held,
  HUB_SECOND_PERSON_NEEDED: EXIT.held,
  HUB_SERVICE_UNREACHABLE: EXIT.unreachable,
  HUB_BROKER_UNREACHABLE: EXIT.unreachable,
  HUB_REGISTRY_UNREACHABLE: EXIT.unreachable,
  HUB_DATABASE_UNREACHABLE: EXIT.unreachable,
  HUB_QUEUE_UNREACHABLE: EXIT.unreachable,
};

/** Exit code of a command that ended with this error. */
export function exitCodeOf(error: HubError): ExitCode {
  return BY_CODE[error.code] ?? EXIT.failed;
}

/** Text for `--help`. */
export const EXIT_CODES_HELP = `Exit codes:
  0  done, nothing wrong
  1  problems were found, or the command failed
  2  the command line is wrong
  3  something is held or needs a decision
  4  a service or server did not answer`;
