import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HubError, toHubError, type Disposition, type ErrorCode, type Logger } from '#kernel';
import { PROBLEM_TYPE, toProblem, type Problem } from './problem.js';

interface Response {
  status(code: number): { json(body: Problem): void };
  getHeader(name: string): unknown;
  setHeader(name: string, value: string): unknown;
  readonly headersSent: boolean;
}

const STATUS_BY_CODE: Readonly<Partial<Record<ErrorCode, number>>> = {
  HUB_UNAUTHORISED: 401,
  HUB_WEBHOOK_REFUSED: 401,
  HUB_FORBIDDEN: 403,
  HUB_RATE_LIMITED: 429,
  HUB_SECOND_PERSON_NEEDED: 409,
  HUB_NOT_FOUND: 404,
  HUB_REQUEST_INVALID: 400,
  HUB_MODE_NEEDS_ADOPT: 409,
  HUB_LIMIT_EXCEEDED: 409,
  HUB_TOPIC_MISSING: 404,
  HUB_SEED_TARGET_INVALID: 409,
  HUB_SEED_HISTORY_GONE: 409,
  HUB_SEED_BUSY: 409,
  HUB_SEED_ENDED: 409,
  HUB_REPLAY_REFUSED: 409,
  HUB_REPLAY_BUSY: 409,
  HUB_GROUP_ACTIVE: 409,
  HUB_PAYLOAD_TOO_LARGE: 413,
  HUB_OUTBOX_FULL: 503,
};
const STATUS_BY_DISPOSITION: Readonly<Record<Disposition, number>> = {
  retry: 503,
  reload: 409,
  park: 422,
  stop: 500,
  crash: 500,
};

/** HTTP status of an error: the only place that chooses one. */
export function httpStatusOf(error: HubError): number {
  return STATUS_BY_CODE[error.code] ?? STATUS_BY_DISPOSITION[error.disposition];
}

/** The one exception filter: every error leaves as a {@link Problem}. The text of an unknown error stays in the log. */
@Catch()
export class HubErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const error = thrown instanceof HttpException ? fromHttpException(thrown) : toHubError(thrown);
    const facts = { code: error.code, details: error.details };
    if (error.disposition === 'crash') this.logger.error({ ...facts, error: error.cause ?? error }, 'request failed');
    else this.logger.debug({ ...facts, reason: error.message }, 'request refused');
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) return;
    for (const [name, value] of headersOf(error)) response.setHeader(name, value);
    response.setHeader('content-type', PROBLEM_TYPE);
    const requestId = response.getHeader('x-request-id');
    const status = httpStatusOf(error);
    response.status(status).json(toProblem(error, status, typeof requestId === 'string' ? requestId : null));
  }
}

/** What else the status asks for (RFC 9110). */
function headersOf({ code, details }: HubError): readonly (readonly [string, string])[] {
  if (code === 'HUB_UNAUTHORISED') return [['www-authenticate', 'Bearer']];
  const { retryAfterSeconds } = details;
  return code === 'HUB_RATE_LIMITED' ? [['retry-after', String(retryAfterSeconds)]] : [];
}

/** What Nest itself throws: unknown routes, bodies that are no JSON or too large. */
function fromHttpException(exception: HttpException): HubError {
  const status = exception.getStatus();
  if (status === 404) return new HubError('HUB_NOT_FOUND', exception.message);
  if (status === 413) return new HubError('HUB_PAYLOAD_TOO_LARGE', exception.message);
  if (status < 500) return new HubError('HUB_REQUEST_INVALID', exception.message);
  return toHubError(exception);
}
