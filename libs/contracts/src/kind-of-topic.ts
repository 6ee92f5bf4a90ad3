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
  const [change, golden] = [CHANGE.exec(own), GOLDEN.exec(own)];
  const entity = change?.[1] ?? golden?.[1] ?? '';
  if (Object.hasOwn(ENTITIES, entity))
    return { kind: change ? 'change' : golden?.[2] ? 'history' : 'golden', entity: entity as Entity };
  if (own === 'hub.drift.v1' || own === 'hub.audit.v1') return { kind: 'hub', entity: null };
  return /^[a-z0-9-]+\.dead-letter\.v1$/.test(own) ? { kind: 'dead-letter', entity: null } : null;
}
