/** A seed as somebody is putting it together. */
export interface SeedDraft {
  readonly entity: string;
  readonly host: string;
  readonly database: string;
  readonly user: string;
  /** Empty: as the entity. */
  readonly table: string;
  readonly follow: boolean;
}

/** A command for a shell, and what it is for. */
export interface SeedCommand {
  readonly title: string;
  readonly command: string;
}

/** The commands of a seed, in their order; whatever was written into a field stays one word of the shell. Pure. */
export function seedCommands({ entity, host, database, user, table, follow }: SeedDraft): SeedCommand[] {
  const url = `postgres://${encodeURIComponent(user)}@${host}/${encodeURIComponent(database)}`;
  const target = ['--to', url, ...(table === '' ? [] : ['--table', table])];
  const line = (...words: string[]): string => ['plumbline', ...words, ...target].map(quoted).join(' ');
  return [
    { title: '1. What would be read', command: `${line('seed', entity)} --plan` },
    { title: '2. Seed', command: `${line('seed', entity)}${follow ? ' --follow' : ''}` },
    { title: '3. Compare with the topic', command: line('seed', 'check', entity) },
  ];
}

function quoted(word: string): string {
  return /^[\w./:@=%-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
