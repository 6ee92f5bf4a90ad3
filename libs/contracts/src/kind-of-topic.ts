import { ENTITIES, type Entity } from './generated/entities.js';
import type { TopicKind } from './topics.js';

/** What a topic holds; of which entity, where it holds one. */
export interface FoundTopic {
  readonly kind: TopicKind;
  readonly entity: Entity | null;
}

const CHANGE = /^[a-z0-9-]+\.([a-z-]+)\.changed\.v1$/;
const GOLDEN = /^golden\.([a-z-]+?)(\.history)?\.v1$/;

/** What a topic of this hub holds, by its name; null for a topic that is none of the hub's. A prefix that is empty leaves out those of other hubs. */
export function kindOfTopic(prefix: string, name: string): FoundTopic | null {
  if (!name.startsWith(prefix)) return null;
  const own = name.slice(prefix.length);
  return findData(own) ?? findOwn(own);
}

/** Topics of records. */
function findData(own: string): FoundTopic | null {
  const [change, golden] = [CHANGE.exec(own), GOLDEN.exec(own)];
  const entity = (change ?? golden)?.[1] ?? '';
  if (!Object.hasOwn(ENTITIES, entity)) return null;
  const state = golden?.[2] === undefined ? 'golden' : 'history';
  return { kind: change ? 'change' : state, entity: entity as Entity };
}

/** Topics of the hub itself. */
function findOwn(own: string): FoundTopic | null {
  if (own === 'hub.drift.v1' || own === 'hub.audit.v1') return { kind: 'hub', entity: null };
  return /^[a-z0-9-]+\.dead-letter\.v1$/.test(own) ? { kind: 'dead-letter', entity: null } : null;
}
