import type { Clock } from '#kernel';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Exchange, ListedFile } from './exchange.js';

/** A file that is complete and waits in the folder. */
export interface WaitingFile extends ListedFile {
  /** Size and time: the same file has the same mark. */
  readonly mark: string;
}

/** A file that looked the same for so long is complete, also when it was not renamed into the folder. */
const SETTLED_MS = 2_000;
const UNFINISHED = /^\.|\.(part|tmp)$/i;

interface Seen {
  readonly mark: string;
  readonly sinceMs: number;
}

/** What waits in an exchange folder. */
export class DropFolder {
  private seen = new Map<string, Seen>();

  constructor(
    readonly exchange: Exchange,
    private readonly clock: Clock,
  ) {}

  /** Complete files of `in` that match the pattern, oldest first. @throws HubError HUB_SOURCE_UNREACHABLE */
  async findWaiting(pattern: string): Promise<WaitingFile[]> {
    const files = await this.list('in', pattern);
    const nowMs = this.clock.nowMs();
    this.note(pattern, files, nowMs);
    const isComplete = ({ name, changedAtMs }: WaitingFile): boolean =>
      nowMs - (this.seen.get(name)?.sinceMs ?? nowMs) >= SETTLED_MS || nowMs - changedAtMs >= this.exchange.settledMs;
    return files.filter(isComplete).sort((a, b) => a.changedAtMs - b.changedAtMs || (a.name < b.name ? -1 : 1));
  }

  /** Files that a process took to `work` and left there, by the name that they had in `in`. */
  async findTaken(pattern: string): Promise<WaitingFile[]> {
    const files = await this.list('work', `*-${pattern}`);
    return files.map((file) => ({ ...file, name: file.name.replace(/^\d+-/, '') }));
  }

  /** What is wrong with the folder, for `check`. */
  async findProblems(needsWrite: boolean): Promise<string[]> {
    const problems: string[] = [];
    if (!(await this.exchange.canRead()))
      problems.push(`The folder "in" below the configured folder is missing or can't be read.`);
    if (needsWrite && !(await this.exchange.canWrite())) problems.push(`The configured folder can't be written.`);
    return problems;
  }

  /** Remembers since when, by our own clock, each file looks as it does; those that went are forgotten. */
  private note(pattern: string, files: readonly WaitingFile[], nowMs: number): void {
    const isMatch = toMatcher(pattern);
    const others = [...this.seen].filter(([name]) => !isMatch(name));
    const listed = files.map(({ name, mark }): [string, Seen] => {
      const before = this.seen.get(name);
      return [name, before?.mark === mark ? before : { mark, sinceMs: nowMs }];
    });
    this.seen = new Map([...others, ...listed]);
  }

  private async list(folder: 'in' | 'work', pattern: string): Promise<WaitingFile[]> {
    const isMatch = toMatcher(pattern);
    const files = await this.exchange.list(folder);
    return files
      .filter(({ name }) => !UNFINISHED.test(name) && isMatch(name))
      .map((file) => ({ ...file, mark: `${file.sizeBytes}:${file.changedAtMs}` }));
  }
}

/** SHA-256 of a file's content. */
export async function checksumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** A file name with `*` for any text. */
function toMatcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('.*')}$`, 'u');
  return (name) => expression.test(name);
}
