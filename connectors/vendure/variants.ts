import type { ObservedRecord } from '#connector-sdk';
import { z } from 'zod';
import { laneOf, type WriteTools } from './apply.js';
import { isDeadlock } from './errors.js';
import type { Input } from './write-mapping.js';

/** What is to change about a variant; `id` is Vendure's. */
export type VariantInput = Input & { readonly id: string };

const answerSchema = z.object({ items: z.array(z.unknown()) });
/** Of one document that others of the shop, its jobs say, keep from being committed. */
const MAX_ATTEMPTS = 3;

/**
 * Updates variants in one transaction of the shop. It locks them one after the other, so all documents name them in the
 * order of their ids: prices and stock levels are written side by side, and would lock each other out. One that was the
 * victim all the same was rolled back as a whole, and is sent again.
 *
 * @returns the records of these variants as the transaction left them; none where they have parts of their products
 */
export async function updateVariants(
  tools: WriteTools,
  inputs: readonly VariantInput[],
): Promise<readonly ObservedRecord[]> {
  const input = [...inputs].sort((a, b) => Number(a.id) - Number(b.id));
  for (let attempt = 1; ; attempt += 1)
    try {
      return await sendVariants(tools, 'Update', input);
    } catch (error) {
      if (!isDeadlock(error) || attempt === MAX_ATTEMPTS) throw error;
    }
}

/** Creates variants in one transaction. @returns like `updateVariants` */
export function createVariants(tools: WriteTools, inputs: readonly Input[]): Promise<readonly ObservedRecord[]> {
  return sendVariants(tools, 'Create', inputs);
}

async function sendVariants(
  { client, records, shop, plan }: WriteTools,
  verb: 'Create' | 'Update',
  input: readonly Input[],
): Promise<readonly ObservedRecord[]> {
  const selection = plan.readsProduct ? 'id' : plan.shape.select(shop);
  const document = `mutation ($input: [${verb}ProductVariantInput!]!) {
    items: ${verb.toLowerCase()}ProductVariants(input: $input) { ${selection} } }`;
  const { items } = await client.run(document, { input }, answerSchema, laneOf(input));
  return plan.readsProduct ? [] : records.ofItems(plan, items, shop);
}
