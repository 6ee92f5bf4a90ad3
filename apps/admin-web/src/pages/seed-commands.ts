import { linesOf, toInstant } from './replay-draft.js';
import { fieldsOf, type SeedDraft } from './seed-draft.js';

/** A command for a shell, and what it is for. */
export interface SeedCommand {
  readonly title: string;
  readonly command: string;
}

/** The commands of a seed, in their order; whatever was written into a field stays one word of the shell. Pure. */
export function seedCommands(draft: SeedDraft): SeedCommand[] {
  const { entity, follow, from, asOf } = draft;
  const fields = fieldsOf(draft);
  const shape = [
    ...linesOf(draft.where).flatMap((condition) => ['--where', condition]),
    ...(fields.length > 0 ? ['--fields', fields.join(',')] : []),
    ...(asOf === '' ? [] : ['--as-of', toInstant(asOf)]),
    ...(from === 'sources' ? ['--from', from] : []),
  ].map(quoted);
  const line = (...words: string[]): string =>
    ['plumbline', ...words.map(quoted), ...targetOf(draft), ...shape].join(' ');
  return [
    { title: '1. What would be read', command: `${line('seed', entity)} --plan` },
    { title: '2. Seed', command: `${line('seed', entity)}${follow && asOf === '' ? ' --follow' : ''}` },
    { title: '3. Compare with the topic', command: line('seed', 'check', entity) },
  ];
}

/** Words that are quoted. The page never knows the address of a store. */
function targetOf({ kind, host, database, user, table, store, topic }: SeedDraft): string[] {
  if (kind === 'topic') return ['--to', quoted(`topic:${topic}`)];
  const url = `postgres://${encodeURIComponent(user)}@${host}/${encodeURIComponent(database)}`;
  const to = kind === 'store' ? `"$${store.toUpperCase().replaceAll('-', '_')}_URL"` : quoted(url);
  return ['--to', to, ...(table === '' ? [] : ['--table', quoted(table)])];
}

function quoted(word: string): string {
  return /^[\w./:@=%,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
