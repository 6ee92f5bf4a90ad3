import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import type { Logger } from '#kernel';
import { redactFacts, redactText } from './redaction.js';

/** Levels of the log, quietest last. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/**
 * A structured log, one JSON object a line, with redaction.
 * @param destination standard output unless given.
 */
export function createLogger(service: string, level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    messageKey: 'message',
  };
  return toLogger(destination ? pino(options, destination) : pino(options));
}

function toLogger(target: PinoLogger): Logger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') => (facts: Readonly<Record<string, unknown>>, message: string) => {
      if (target.isLevelEnabled(level)) target[level](redactFacts(facts), redactText(message));
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (facts) => toLogger(target.child(redactFacts(facts))),
  };
}
