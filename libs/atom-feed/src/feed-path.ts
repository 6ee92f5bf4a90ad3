import { ENTITIES, type Entity } from '#contracts';

/** Address of a feed below `feeds/`: `product` for the whole of an entity, `product/acme` for a named part of it. */
export type FeedPath = Entity | `${Entity}/${string}`;

/** A feed with a name of its own. */
export interface NamedFeed {
  readonly entity: Entity;
  readonly name: string;
}

/** `archive` is a part of addresses already. */
const RESERVED = 'archive';
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** What a feed's name may be, for people. */
export const FEED_NAME_RULE = `a to z, 0 to 9 and "-", not first, at most 63 characters, and not "${RESERVED}"`;

/** Whether a feed can have the name. */
export function isFeedName(text: string): boolean {
  return NAME.test(text) && text !== RESERVED;
}

/** The address of a named feed. */
export function toFeedPath({ entity, name }: NamedFeed): FeedPath {
  return `${entity}/${name}`;
}

/** The address of the feed that a request names; null for what can be none. */
export function readFeedPath(entity: string, name: string): FeedPath | null {
  return Object.hasOwn(ENTITIES, entity) && isFeedName(name) ? toFeedPath({ entity: entity as Entity, name }) : null;
}

/** The entity that a feed tells. */
export function entityOfFeed(path: FeedPath): Entity {
  return path.split('/')[0] as Entity;
}
