import { HubError } from '#kernel';
import avsc from 'avsc';
import { parseForeignSchema } from './foreign-schema.js';

/** Why a text is no schema that the hub would read; null when it is one. Nothing is registered. */
export function findSchemaMistake(text: string): string | null {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      return 'An event is a record: { "type": "record", … }.';
    const schema = parseForeignSchema(text);
    const type = avsc.Type.forSchema(schema, { wrapUnions: true });
    return type.typeName === 'record' ? null : `An event is a record, this is a type ${type.typeName}.`;
  } catch (error) {
    if (error instanceof HubError) return error.message;
    if (error instanceof Error) return error.message;
    throw error;
  }
}
