import { z } from 'zod';

/** What a request may hold, before it is read, as a JSON Schema of OpenAPI 3.1's dialect. */
export function toJsonSchema(schema: z.ZodType): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}
