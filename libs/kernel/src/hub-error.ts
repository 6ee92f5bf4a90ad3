import { ERROR_CODES, type Disposition, type ErrorCode } from './error-codes.js';

/** Ids, positions and limits that explain an error; never secrets or payloads. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | bigint | null | readonly string[]>>;

/**
 * The only error that Plumbline throws on purpose. Classify once, where the foreign error is caught; branch on
 * `code` or `disposition`, never on the message.
 */
export class HubError extends Error {
  readonly disposition: Disposition;

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options: { readonly cause?: unknown; readonly disposition?: Disposition } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'HubError';
    this.disposition = options.disposition ?? ERROR_CODES[code][0];
  }

  /** What an operator should do about it. */
  get hint(): string {
    return ERROR_CODES[this.code][1];
  }
}

/** The error itself when it is classified, else a `crash`: an unknown error is never retried. */
export function toHubError(error: unknown): HubError {
  if (error instanceof HubError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new HubError('HUB_INVARIANT_BROKEN', `Unexpected: ${message}`, {}, { cause: error });
}
