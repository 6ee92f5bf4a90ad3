import { HubError } from '#kernel';
import { z } from 'zod';
import { laneOf, type WriteTools } from './apply.js';
import type { Input } from './write-mapping.js';

const anySchema = z.record(z.string(), z.unknown());

/** One document with the same mutation for every input; answers are `m0`, `m1` … */
export function runAliased(
  { client }: WriteTools,
  inputs: readonly Input[],
  { type, call }: { readonly type: string; readonly call: (n: number) => string },
): Promise<Readonly<Record<string, unknown>>> {
  const variables = Object.fromEntries(inputs.map((input, n) => [`i${n}`, input]));
  const head = inputs.map((_, n) => `$i${n}: ${type}`).join(', ');
  const body = inputs.map((_, n) => `m${n}: ${call(n)}`).join(' ');
  return client.run(`mutation (${head}) { ${body} }`, variables, anySchema, laneOf(inputs));
}

/** Blames a record, as Vendure's own answer would. */
export function refusal(reason: string): HubError {
  return new HubError('HUB_SOURCE_ERROR', `Vendure says: ${reason}`, { vendureCode: 'USER_INPUT_ERROR' });
}
