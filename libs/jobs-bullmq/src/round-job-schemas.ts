import { ENTITIES, type Entity } from '#contracts';
import { ERROR_CODES, HubError, type ErrorCode, type ErrorDetails } from '#kernel';
import type {
  CommitResult,
  RoundDifference,
  RoundJob,
  RoundJobResults,
  ScanEvidence,
  ScanSummary,
  VerifyResult,
} from '#reconciliation';
import { z } from 'zod';

const entity = z.enum(Object.keys(ENTITIES) as [Entity, ...Entity[]]);
const roundId = z.string().min(1);
const count = z.number().int().nonnegative();

/** A job as it lies in the queue. */
export const roundJobSchema: z.ZodType<RoundJob> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('scan'), roundId, entity }),
  z.object({ kind: z.literal('commit'), roundId, entity, digest: z.string() }),
  z.object({ kind: z.literal('discard'), roundId, entity }),
  z.object({ kind: z.literal('verify'), roundId, entity }),
]);

const difference: z.ZodType<RoundDifference> = z.object({
  externalId: z.string(),
  key: z.string().nullable(),
  kind: z.enum(['changed', 'missing', 'foreign', 'undecided']),
  fields: z.array(z.string()),
  facts: z.record(z.string(), z.string()).exactOptional(),
});
const evidence: z.ZodType<ScanEvidence> = z.object({
  unequal: count,
  absent: count,
  population: z
    .object({
      records: count,
      isSample: z.boolean(),
      counts: z.record(z.string(), z.record(z.string(), count)),
    })
    .nullable(),
});
const scanSummary: z.ZodType<ScanSummary> = z.object({
  roundId,
  entity,
  complete: z.boolean(),
  problem: z.string().nullable(),
  scanned: count,
  known: count,
  changed: count,
  missing: count,
  foreign: count,
  undecided: count,
  fields: z.record(z.string(), count),
  digest: z.string(),
  differences: z.array(difference),
  evidence: evidence.exactOptional(),
});
const commitResult: z.ZodType<CommitResult> = z.object({
  outcome: z.enum(['committed', 'stale', 'nothing']),
  rows: count,
});
const verifyResult: z.ZodType<VerifyResult> = z.object({
  fixed: z.array(z.string()),
  unfixed: z.array(z.object({ externalId: z.string(), why: z.string() })),
  pending: count,
});

/** Result of each job kind as it comes back through the queue. */
export const resultSchemas: { readonly [K in RoundJob['kind']]: z.ZodType<RoundJobResults[K]> } = {
  scan: scanSummary,
  commit: commitResult,
  discard: z.object({ rows: count }),
  verify: verifyResult,
};

/** What a job returns: its result, or its classified error, whose code BullMQ's own failures would lose. */
export type JobAnswer =
  | { readonly ok: true; readonly result: unknown }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly message: string;
      readonly details: Record<string, Detail>;
    };

type Detail = string | number | boolean | null | string[];

const codes = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];
const detail: z.ZodType<Detail> = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);
const answerSchema: z.ZodType<JobAnswer> = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({ ok: z.literal(false), code: z.enum(codes), message: z.string(), details: z.record(z.string(), detail) }),
]);

/** An error on its way through the queue. */
export function toErrorAnswer(error: HubError): JobAnswer {
  const details = Object.fromEntries(Object.entries(error.details).map(([name, value]) => [name, toDetail(value)]));
  return { ok: false, code: error.code, message: error.message, details };
}

function toDetail(value: ErrorDetails[string] | undefined): Detail {
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'object' && value !== null ? [...value] : (value ?? null);
}

/**
 * The result of a job, or its error as it was thrown at the host.
 * @throws HubError the host's own; HUB_INVARIANT_BROKEN for an answer of another shape (hosts of another release)
 */
export function readAnswer<K extends RoundJob['kind']>(kind: K, value: unknown): RoundJobResults[K] {
  const answer = answerSchema.safeParse(value);
  if (!answer.success) throw broken(kind, answer.error);
  if (!answer.data.ok) throw new HubError(answer.data.code, answer.data.message, answer.data.details);
  const result = resultSchemas[kind].safeParse(answer.data.result);
  if (!result.success) throw broken(kind, result.error);
  return result.data;
}

function broken(kind: string, cause: unknown): HubError {
  return new HubError('HUB_INVARIANT_BROKEN', 'A round job came back in another shape.', { kind }, { cause });
}
