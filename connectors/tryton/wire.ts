import { parseInstant, type Instant } from '#kernel';
import { z } from 'zod';

/** Tryton's JSON for a decimal number. */
export interface WireDecimal {
  readonly __class__: 'Decimal';
  readonly decimal: string;
}

/** Tryton's JSON for a time in UTC. */
export interface WireTime {
  readonly __class__: 'datetime';
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly microsecond: number;
}

/** A decimal as its exact text. */
export const decimalSchema = z
  .object({ __class__: z.literal('Decimal'), decimal: z.string() })
  .transform(({ decimal }) => decimal);

/** A time as an instant, exact to the microsecond. */
export const timeSchema = z
  .object({
    __class__: z.literal('datetime'),
    year: z.int(),
    month: z.int(),
    day: z.int(),
    hour: z.int(),
    minute: z.int(),
    second: z.int(),
    microsecond: z.int(),
  })
  .transform((time, context): Instant => {
    const instant = parseInstant(printTime(time));
    if (instant !== null) return instant;
    context.addIssue({ code: 'custom', message: 'is no time' });
    return z.NEVER;
  });

/** A decimal for Tryton. */
export function toWireDecimal(decimal: string): WireDecimal {
  return { __class__: 'Decimal', decimal };
}

/** A time for Tryton. */
export function toWireTime(instant: Instant): WireTime {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, microsecond = 0] = instant
    .split(/[-T:.Z]/)
    .map(Number);
  return { __class__: 'datetime', year, month, day, hour, minute, second, microsecond };
}

function printTime(time: Omit<WireTime, '__class__'>): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  const date = `${String(time.year).padStart(4, '0')}-${two(time.month)}-${two(time.day)}`;
  const clock = `${two(time.hour)}:${two(time.minute)}:${two(time.second)}`;
  return `${date}T${clock}.${String(time.microsecond).padStart(6, '0')}Z`;
}
