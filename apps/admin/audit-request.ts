import { z } from 'zod';
import { instant } from './requests.js';

const word = z.string().min(1).max(500).optional();

/** Filters of `GET /api/audit` and `GET /api/audit/export.csv`. */
export const auditFilter = z.object({
  ...{ service: word, actor: word, verb: word, resource: word, outcome: word },
  phase: z.enum(['asked', 'ended', 'denied', 'seen']).optional(),
  /** In the request's method and path. */
  target: word,
  ...{ from: instant.optional(), until: instant.optional() },
});

/** A checked {@link auditFilter}. */
export type AuditFilterQuery = z.output<typeof auditFilter>;

/** Query of `GET /api/audit`. */
export const auditQuery = auditFilter.extend({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  /** `golden:120,indexer:7`: only what lies before these entries. */
  before: z
    .string()
    .regex(/^[a-z0-9-]+:\d{1,18}(,[a-z0-9-]+:\d{1,18})*$/, { message: 'service:number, several by comma' })
    .transform((text) => Object.fromEntries(text.split(',').map((pair) => toPlace(pair))))
    .optional(),
});

/** Place of one entry. */
export const auditPlace = z.object({
  service: z.string().min(1).max(200),
  seq: z.string().regex(/^[1-9]\d{0,17}$/, { message: 'a number from 1' }),
});

function toPlace(pair: string): readonly [string, bigint] {
  const [service = '', seq = '0'] = pair.split(':');
  return [service, BigInt(seq)];
}
