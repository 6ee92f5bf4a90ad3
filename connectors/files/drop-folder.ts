import { HubError, type Clock } from '#kernel';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A file that is complete and waits in the folder. */
export interface WaitingFile {
  readonly name: string;
  readonly path: string;
  readonly changedAtMs: number;
  /** Size and time: the same file has the same mark. */
  readonly mark: string;
}

/** A file that nobody wrote to for so long is complete, also when it was not renamed into the folder. */
const SETTLED_MS = 2_000;
const UNFINISHED = /^\.|\.(part|tmp)$/i;

/** The exchange folder: `in`, `work`, `archive`, `rejects` and `out`. The only code that touches it. */
export class DropFolder {
  private marks = new Map<string, string>();

  constructor(
    readonly path: string,
    private readonly clock: Clock,
  ) {}

  folder(name: 'in' | 'work' | 'archive' | 'rejects' | 'out'): string {
    return join(this.path, name);
  }

  /** Complete files of `in` that match the pattern, oldest first. @throws HubError HUB_SOURCE_UNREACHABLE */
  async findWaiting(pattern: string): Promise<WaitingFile[]> {
    const files = await this.list('in', pattern);
    const previous = this.marks;
    this.marks = new Map([...previous, ...files.map(({ name, mark }) => [name, mark] as const)]);
    const nowMs = this.clock.nowMs();
    const isComplete = ({ name, mark, changedAtMs }: WaitingFile): boolean =>
      previous.get(name) === mark || nowMs - changedAtMs >= SETTLED_MS;
    return files.filter(isComplete).sort((a, b) => a.changedAtMs - b.changedAtMs || (a.name < b.name ? -1 : 1));
  }

  /** Files that a process took to `work` and left there, by their name in `work`. */
  async findTaken(pattern: string): Promise<WaitingFile[]> {
    return this.list('work', `*-${pattern}`);
  }

  /** Moves a file between folders in one step; an existing file of that name is never overwritten. */
  async move(from: string, to: 'work' | 'archive', name: string): Promise<string> {
    const folder = this.folder(to);
    return sourceErrors(async () => {
      await mkdir(folder, { recursive: true });
      let target = join(folder, name);
      for (let copy = 2; await exists(target); copy += 1) target = join(folder, `${copy}-${name}`);
      await rename(from, target);
      return target;
    });
  }

  /** What is wrong with the folder, for `check`. */
  async findProblems(needsWrite: boolean): Promise<string[]> {
    const problems: string[] = [];
    const mayEnter = await access(this.folder('in'), constants.R_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!mayEnter) problems.push(`The folder "in" below the configured folder is missing or can't be read.`);
    if (needsWrite && !(await this.canWrite())) problems.push(`The configured folder can't be written.`);
    return problems;
  }

  async canWrite(): Promise<boolean> {
    return access(this.path, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
  }

  private async list(folder: 'in' | 'work', pattern: string): Promise<WaitingFile[]> {
    const isMatch = toMatcher(pattern);
    return sourceErrors(async () => {
      const files: WaitingFile[] = [];
      for (const name of await readdir(this.folder(folder)).catch(folder === 'work' ? noneIfMissing : rethrow)) {
        if (UNFINISHED.test(name) || !isMatch(name)) continue;
        const path = join(this.folder(folder), name);
        const info = await stat(path);
        if (info.isFile()) files.push({ name, path, changedAtMs: info.mtimeMs, mark: `${info.size}:${info.mtimeMs}` });
      }
      return files;
    });
  }
}

/** SHA-256 of a file's content. */
export async function checksumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Runs file operations of the exchange folder. @throws HubError HUB_SOURCE_UNREACHABLE or HUB_SOURCE_UNAUTHORISED */
export async function sourceErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    throw new HubError(
      denied ? 'HUB_SOURCE_UNAUTHORISED' : 'HUB_SOURCE_UNREACHABLE',
      `The folder: ${message}`,
      { code },
      { cause },
    );
  }
}

/** A file name with `*` for any text. */
function toMatcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('.*')}$`, 'u');
  return (name) => expression.test(name);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function noneIfMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

function rethrow(error: unknown): never {
  throw error;
}
