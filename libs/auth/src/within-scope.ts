import { outOfScope, type RequestAccess } from './request-access.js';

/**
 * An answer without the objects that are out of scope: items of a list, also of lists inside, that name an entity, system or
 * topic which no grant reaches, or none at all. @throws HubError HUB_NOT_FOUND when the answer itself is such an object
 */
export function withinScope(answer: unknown, access: RequestAccess): unknown {
  if (Array.isArray(answer)) return answer.filter((item) => isReached(item, access));
  if (typeof answer !== 'object' || answer === null) return answer;
  if (isScoped(answer) && !isReached(answer, access)) throw outOfScope();
  const parts = Object.entries(answer).map(([name, part]) => [
    name,
    Array.isArray(part) && part.some(isScoped) ? part.filter((item) => isReached(item, access)) : (part as unknown),
  ]);
  return Object.fromEntries(parts);
}

function isScoped(item: unknown): boolean {
  const { entity, system, topic } = (item ?? {}) as Readonly<Record<string, unknown>>;
  return typeof entity === 'string' || typeof system === 'string' || typeof topic === 'string';
}

function isReached(item: unknown, access: RequestAccess): boolean {
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const { entity, system, topic } = (item ?? {}) as Readonly<Record<string, unknown>>;
  return access.reaches({ entity: text(entity), system: text(system), topic: text(topic) });
}
