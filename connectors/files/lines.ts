import { open, type FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/** One line of a file, without its line feed, and where it lies. */
export interface Line {
  readonly bytes: Buffer;
  readonly offset: number;
  /** False for a last line that no line feed ends. */
  readonly isEnded: boolean;
}

/** Lines of a file from a byte offset on, streamed; a file that does not exist has none. */
export async function* readLines(path: string, offset = 0): AsyncGenerator<Line> {
  const file = await openIfThere(path);
  if (!file) return;
  try {
    let rest = Buffer.alloc(0);
    let restOffset = offset;
    for (let position = offset; ;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      let data = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE)) {
        yield { bytes: data.subarray(0, end), offset: restOffset, isEnded: true };
        restOffset += end + 1;
        data = data.subarray(end + 1);
      }
      rest = data;
    }
    if (rest.length > 0) yield { bytes: rest, offset: restOffset, isEnded: false };
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
