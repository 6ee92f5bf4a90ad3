import type { Entity } from '#contracts';
import { readEntityName } from './read-systems.js';
import { readText } from './yaml-values.js';
import type { Place, YamlReader } from './yaml-reader.js';

/** Entities of `feeds`, each once; nothing where the file has none. */
export function readFeeds(reader: YamlReader, place: Place | undefined): { readonly feeds?: readonly Entity[] } {
  const named = place ? reader.list(place).map((item) => readEntityName(reader, readText(reader, item), item)) : [];
  const feeds = [...new Set(named.filter((entity) => entity !== null))];
  return feeds.length > 0 ? { feeds } : {};
}
