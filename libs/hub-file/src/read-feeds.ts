import type { Entity } from '#contracts';
import { readEntityName } from './read-systems.js';
import { readText } from './yaml-values.js';
import type { Place, YamlReader } from './yaml-reader.js';

/** Entities of `feeds`, each once; an empty list is for a gateway that serves named parts only. */
export function readFeeds(reader: YamlReader, place: Place | undefined): { readonly feeds?: readonly Entity[] } {
  if (!place) return {};
  const named = reader.list(place).map((item) => readEntityName(reader, readText(reader, item), item));
  return { feeds: [...new Set(named.filter((entity) => entity !== null))] };
}
