import { auditCursorOf } from '#access';
import type { AuditCursor, AuditFilter } from '#store-postgres';
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
    .transform((text, context): AuditCursor => {
      const cursor = auditCursorOf(text);
      if (cursor !== null) return cursor;
      context.addIssue({ code: 'custom', message: 'service:number, several by comma' });
      return z.NEVER;
    })
    .optional(),
});

/** Place of one entry. */
export const auditPlace = z.object({
  service: z.string().min(1).max(200),
  seq: z.string().regex(/^[1-9]\d{0,17}$/, { message: 'a number from 1' }),
});

/** What must hold of entries, of a checked query. */
export function toAuditFilter({ service, ...rest }: AuditFilterQuery): AuditFilter {
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { ...(Object.fromEntries(given) as AuditFilter), ...(service !== undefined && { services: [service] }) };
}
