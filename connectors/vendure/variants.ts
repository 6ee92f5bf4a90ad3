import { z } from 'zod';
import { laneOf, type WriteTools } from './apply.js';
import { isDeadlock } from './errors.js';
import type { Input } from './write-mapping.js';

/** What is to change about a variant; `id` is Vendure's. */
export type VariantInput = Input & { readonly id: string };

const UPDATE_VARIANTS =
  'mutation ($input: [UpdateProductVariantInput!]!) { updateProductVariants(input: $input) { id } }';
const anySchema = z.record(z.string(), z.unknown());
/** Of one document that others of the shop, its jobs say, keep from being committed. */
const MAX_ATTEMPTS = 3;

/**
 * Updates variants in one transaction of the shop. It locks them one after the other, so all documents name them in the
 * order of their ids: prices and stock levels are written side by side, and would lock each other out. One that was the
 * victim all the same was rolled back as a whole, and is sent again.
 */
export async function updateVariants({ client }: WriteTools, inputs: readonly VariantInput[]): Promise<void> {
  const input = [...inputs].sort((a, b) => Number(a.id) - Number(b.id));
  for (let attempt = 1; ; attempt += 1)
    try {
      await client.run(UPDATE_VARIANTS, { input }, anySchema, laneOf(input));
      return;
    } catch (error) {
      if (!isDeadlock(error) || attempt === MAX_ATTEMPTS) throw error;
    }
}
