import { topicsOf, type HubFile } from '#hub-file';
import { laneName } from './replay-destination.js';

/** Names of the lanes that the hub's own services read: they make them at their start. */
export function ownLanes(file: HubFile): readonly string[] {
  const { topicPrefix: prefix } = file.hub;
  const of = (service: string, kind: 'change' | 'golden' | 'history'): string[] =>
    topicsOf(file)
      .filter((topic) => topic.kind === kind)
      .map(({ name }) => laneName(prefix, `${prefix}${service}`, name));
  return [
    ...of('golden', 'change'),
    ...file.systems.flatMap(({ id }) => of(`connector-${id}`, 'golden')),
    ...(file.webhooks ? of('notifier', 'history') : []),
  ];
}
