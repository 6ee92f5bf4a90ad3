import { z } from 'zod';

const offset = z.string().regex(/^\d{1,18}$/, 'must be an offset');

/** A run of offsets of one partition: from the first up to, without, the second; open where it is not given. */
const offsetWindow = z.strictObject({
  partition: z.number().int().min(0),
  from: offset.optional(),
  until: offset.optional(),
});

/** What a field of the value, or a header, must be. A pattern is RE2's and may match anywhere in the text. */
export const replayConditionSchema = z.strictObject({
  on: z.enum(['field', 'header']),
  /** Of a field: its path, `fields.brand`. */
  name: z.string().min(1).max(500),
  test: z.enum(['equals', 'matches']),
  value: z.string().max(10_000),
});

/** What a replay takes of a topic; all that is given must hold. Nothing given is the whole topic. */
export const replaySelectionSchema = z.strictObject({
  /** Windows of offsets; partitions that are not named are not read. */
  offsets: z.array(offsetWindow).max(10_000).optional(),
  /** Messages of this time or later, milliseconds since the epoch. */
  fromMs: z.number().int().min(0).optional(),
  /** Messages before this time, milliseconds since the epoch. */
  untilMs: z.number().int().min(0).optional(),
  keys: z.array(z.string()).max(100_000).optional(),
  where: z.array(replayConditionSchema).max(50).optional(),
});

/** What a replay takes of a topic. */
export type ReplaySelection = z.infer<typeof replaySelectionSchema>;

/** A condition on a field or a header. */
export type ReplayCondition = z.infer<typeof replayConditionSchema>;
