// The launcher's errors: each one says which server, where to look, and what to do next.
import { tailOf } from './log-tail.mjs';

/** Wrong arguments, or an answer of "no". Exit code 2. */
export class UsageError extends Error {}

/** Something failed that the reader can act on. Exit code 1. */
export class StackError extends Error {
  /** @param {{server?: string, next: string, logFile?: string, cause?: unknown}} facts */
  constructor(message, { server, next, logFile, cause }) {
    super(message, { cause });
    this.server = server;
    this.next = next;
    this.logFile = logFile;
  }

  /** The whole story for a terminal. */
  explain() {
    const lines = [`${this.server ? `${this.server}: ` : ''}${this.message}`];
    const tail = this.logFile ? tailOf(this.logFile, 20) : '';
    if (tail) lines.push(...tail.split('\n').map((line) => `  | ${line}`));
    if (this.logFile) lines.push(`  log:  ${this.logFile}`);
    lines.push(`  next: ${this.next}`);
    return lines.join('\n');
  }
}

/** Several servers failed at once. */
export class StackErrors extends StackError {
  constructor(errors) {
    super(errors.map((error) => error.message).join(' '), { next: '' });
    this.errors = errors;
  }

  explain() {
    return this.errors.map((error) => error.explain()).join('\n\n');
  }
}
