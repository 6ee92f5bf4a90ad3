import { HubError } from '#kernel';
import { replaySelectionSchema, type DeadLetterChoice, type ReplayRequest, type ResetTarget } from '#replay';
import { z } from 'zod';
import { instant, reason } from './requests.js';

const DEFAULT_RAMP_SECONDS = 30;
const MAX_RATE = 9_999_999;
/** A page names some; a list of a hundred thousand is the CLI's. */
const MAX_KEYS = 1_000;

const topic = z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, { message: 'the name of a topic' });
const group = z.string().min(1).max(249);
const { offsets, keys, where } = replaySelectionSchema.shape;

/** Body of `POST /api/replays/plan` and `POST /api/replays`. */
export const replayBody = z.strictObject({
  source: topic,
  to: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('lane'), group }),
    z.strictObject({ kind: z.literal('topic'), topic, append: z.boolean().default(false) }),
  ]),
  offsets,
  from: instant.optional(),
  until: instant.optional(),
  keys: keys.unwrap().max(MAX_KEYS).optional(),
  where,
  perSecond: z.number().int().min(1).max(MAX_RATE).optional(),
  rampSeconds: z.number().int().min(0).max(86_400).default(DEFAULT_RAMP_SECONDS),
});

/** What a body asks for. */
export function toReplayRequest(body: z.output<typeof replayBody>): ReplayRequest {
  const { source, to, perSecond = null, rampSeconds, from, until, ...rest } = body;
  const given = Object.entries({
    ...{ offsets: rest.offsets, keys: rest.keys, where: rest.where },
    ...{ fromMs: from && Date.parse(from), untilMs: until && Date.parse(until) },
  }).filter(([, part]) => part !== undefined);
  return {
    source,
    to,
    selection: replaySelectionSchema.parse(Object.fromEntries(given)),
    pace: { perSecond, rampMs: rampSeconds * 1_000 },
  };
}

const choiceShape = {
  ids: z
    .array(z.string().regex(/^\d{1,18}$/, { message: 'the id of a letter' }))
    .min(1)
    .max(1_000)
    .optional(),
  group: z.string().min(1).max(100).optional(),
  consumer: group.optional(),
  kind: z.enum(['transient', 'permanent', 'unknown']).optional(),
};

/** Query of `GET /api/dead-letters`. */
export const lettersQuery = z.object({ ...choiceShape, ids: z.undefined().optional() });

/** Body of `POST /api/dead-letters/plan` and `/retry`: what changes letters must be told which. */
export const choiceBody = z.strictObject({ ...choiceShape, all: z.literal(true).optional() });

/** Body of `POST /api/dead-letters/discard`. */
export const discardBody = z.strictObject({ ...choiceShape, all: z.literal(true).optional(), reason });

/** Body of `POST /api/dead-letters/:id/edit/plan` and `/edit`. */
export const editBody = z.strictObject({
  edits: z
    .array(z.strictObject({ path: z.string().min(1).max(500), value: z.string().max(1_000_000).nullable() }))
    .min(1)
    .max(500),
});

/** Body of `POST /api/dead-letters/:id/note`. */
export const noteBody = z.strictObject({ note: z.string().trim().max(2_000) });

/** Which letters a query or body means. */
export function toLetterChoice({
  ids,
  group: groupId,
  consumer,
  kind,
}: {
  readonly ids?: readonly string[] | undefined;
  readonly group?: string | undefined;
  readonly consumer?: string | undefined;
  readonly kind?: DeadLetterChoice['kind'] | undefined;
}): DeadLetterChoice {
  return {
    ...(ids && { ids }),
    ...(groupId !== undefined && { groupId }),
    ...(consumer !== undefined && { consumer }),
    ...(kind && { kind }),
  };
}

/** @throws HubError HUB_REQUEST_INVALID where no letter is named, and not all are meant either */
export function toNamedChoice(body: z.output<typeof choiceBody>): DeadLetterChoice {
  const choice = toLetterChoice(body);
  if (Object.keys(choice).length > 0 || body.all) return choice;
  throw new HubError('HUB_REQUEST_INVALID', 'Say which letters: ids, group, consumer, kind, or all.');
}

const place = { group, topic };

/** Body of `POST /api/offsets/plan`. */
export const resetPlanBody = z.strictObject({
  ...place,
  to: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('earliest') }),
    z.strictObject({ kind: z.literal('latest') }),
    z.strictObject({ kind: z.literal('time'), at: instant }),
    z.strictObject({ kind: z.literal('offset'), offset: z.string().regex(/^\d{1,18}$/, { message: 'an offset' }) }),
    z.strictObject({ kind: z.literal('shift'), by: z.string().regex(/^-?\d{1,18}$/, { message: 'a whole number' }) }),
  ]),
});

/** Body of `POST /api/offsets/reset`. */
export const resetBody = resetPlanBody.extend({ reason });

/** Body of `POST /api/offsets/undo/plan`. */
export const undoPlanBody = z.strictObject(place);

/** Body of `POST /api/offsets/undo`. */
export const undoBody = z.strictObject({ ...place, reason });

/** Where a body wants a group to be. */
export function toResetTarget(to: z.output<typeof resetPlanBody>['to']): ResetTarget {
  switch (to.kind) {
    case 'earliest':
    case 'latest':
      return to;
    case 'time':
      return { kind: 'time', timeMs: Date.parse(to.at) };
    case 'offset':
      return { kind: 'offset', offset: BigInt(to.offset) };
    case 'shift':
      return { kind: 'shift', by: BigInt(to.by) };
  }
}
