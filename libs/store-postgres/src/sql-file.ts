import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Text of a `.sql` file beside the adapter (`import.meta.dirname`); read once, when its module is loaded. */
export function sqlFile(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}
