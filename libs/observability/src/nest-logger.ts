import type { LoggerService } from '@nestjs/common';
import type { Logger } from '#kernel';

/** Carries Nest's own lines into our log: its chatter at start as debug, warnings and errors as they are. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.debug(contextOf(rest), String(message));
  }

  debug(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.debug(contextOf(rest), String(message));
  }

  verbose(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.debug(contextOf(rest), String(message));
  }

  warn(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.warn(contextOf(rest), String(message));
  }

  error(message: unknown, ...rest: readonly unknown[]): void {
    const error = message instanceof Error ? { error: message } : {};
    this.logger.error({ ...contextOf(rest), ...error }, String(message));
  }

  fatal(message: unknown, ...rest: readonly unknown[]): void {
    this.error(message, ...rest);
  }
}

/** Nest gives its context last, and for errors the stack before it. */
function contextOf(rest: readonly unknown[]): Record<string, unknown> {
  const [context, stack] = [...rest].reverse();
  return { ...(typeof context === 'string' && { context }), ...(typeof stack === 'string' && { stack }) };
}
