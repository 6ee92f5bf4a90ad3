import { isDeepStrictEqual } from 'node:util';
import type { SchemaChanges, SchemaCheck } from '#contracts';
import { HubError } from '#kernel';
import { findSchemaMistake, type RegisteredVersion } from '#messaging-kafka';
import { judgeSchema } from '#schema-changes';

/** What one version changed since another. Pure. @throws HubError HUB_NOT_FOUND for a version that there is not */
export function findChanges(
  versions: readonly RegisteredVersion[],
  { version, of }: { readonly version: number; readonly of: number },
): SchemaChanges {
  const [past, present] = [version, of].map((number) => versions.find((one) => one.version === number));
  if (!past || !present)
    throw new HubError('HUB_NOT_FOUND', `There is no version ${past ? of : version} of this schema.`, { version, of });
  const [changes = { version, isCompatible: true, changes: [] }] = judgeSchema([past], present.schema);
  return { ...changes, of };
}

/**
 * Whether a text may become the next version of a type: a record of the type's full name that every registered version can
 * live with. Pure.
 */
export function checkSchema(
  type: string,
  versions: readonly RegisteredVersion[],
  text: string,
): Omit<SchemaCheck, 'registryTakes'> {
  const mistake = findSchemaMistake(text) ?? findWrongName(type, text);
  if (mistake !== null) return { mistake, isCompatible: false, sameAs: null, versions: [] };
  const judged = judgeSchema(versions, text);
  const same = versions.find(({ schema }) => isDeepStrictEqual(JSON.parse(schema), JSON.parse(text)));
  const isCompatible = judged.every((one) => one.isCompatible);
  return { mistake, isCompatible, sameAs: same?.version ?? null, versions: judged };
}

function findWrongName(type: string, text: string): string | null {
  const { name, namespace } = JSON.parse(text) as { readonly name: string; readonly namespace?: string };
  const full = name.includes('.') || namespace === undefined ? name : `${namespace}.${name}`;
  return full === type ? null : `The record is called ${full}; its subject is the full name ${type}.`;
}
