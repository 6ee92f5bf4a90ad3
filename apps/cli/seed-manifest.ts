import { ENTITIES, type Entity } from '#contracts';
import { z } from 'zod';

const offset = z.string().regex(/^\d{1,19}$/);

/** What is said beside a file of JSON Lines. */
export const manifestSchema = z.strictObject({
  format: z.literal(1),
  entity: z.enum(Object.keys(ENTITIES) as [Entity, ...Entity[]]),
  topic: z.string(),
  /** As `shapeText` writes it. */
  shape: z.string(),
  /** Bytes of the file that are complete. */
  bytes: z.number().int().min(0),
  lines: z.number().int().min(0),
  /** By partition of the topic. */
  positions: z.record(
    z.string().regex(/^\d+$/),
    z.strictObject({ nextOffset: offset, state: z.enum(['seeding', 'live']) }),
  ),
});

/** What is said beside a file of JSON Lines. */
export type SeedManifest = z.infer<typeof manifestSchema>;
