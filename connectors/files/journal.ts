import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const journalSchema = z.strictObject({
  /** Sequence of the last drop taken in. */
  last: z.int(),
  /** SHA-256 of the last drop's content, and its name. */
  lastChecksum: z.string().nullable(),
  lastName: z.string().nullable(),
  /** Files that stay where they are (mode observe): name to size and time. */
  seen: z.record(z.string(), z.string()),
  /** Drops whose records wait to be fed, oldest first; `source` is the file to archive then. */
  open: z.array(z.strictObject({ sequence: z.int(), name: z.string(), source: z.string().nullable() })),
});

/** Which drops of one entity were taken in, and which of them wait to be fed. */
export type Journal = z.infer<typeof journalSchema>;

const EMPTY: Journal = { last: 0, lastChecksum: null, lastName: null, seen: {}, open: [] };

/** The journal on disk; empty before the first drop. */
export async function readJournal(path: string): Promise<Journal> {
  try {
    return journalSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY;
    throw error;
  }
}

/** Replaces the journal in one step. */
export async function writeJournal(path: string, journal: Journal): Promise<void> {
  await writeFile(`${path}.tmp`, JSON.stringify(journal), { mode: 0o600, flush: true });
  await rename(`${path}.tmp`, path);
}
