import { readFileSync } from 'node:fs';
import { HubError } from '#kernel';
import { keptSecrets, secretSourcesOf } from './secret-sources.js';
import { describeProblem, parseHubFile, type HubFile, type ParseOptions, type ParseResult } from '#hub-file';

/** How a hub file is read; variables and secrets come from the environment unless given; a vault is not asked ({@link openHubFile} does). */
export type LoadHubFileOptions = Partial<ParseOptions>;

/**
 * Reads and checks a hub file; the problems are a return value.
 * @throws HubError HUB_FILE_INVALID when the file can't be read.
 */
export function readHubFile(path: string, options: LoadHubFileOptions = {}): ParseResult {
  const env = options.env ?? process.env;
  return parseHubFile(readText(path), { secrets: secretSourcesOf(env), ...options, env });
}

/** Reads a hub file that must be right. @throws HubError HUB_FILE_INVALID with all problems. */
export function loadHubFile(path: string, options: LoadHubFileOptions = {}): HubFile {
  const result = readHubFile(path, options);
  if ('file' in result) return result.file;
  const problems = result.problems.map((problem) => `${path}:${describeProblem(problem)}`);
  throw new HubError('HUB_FILE_INVALID', `The hub file is wrong:\n  ${problems.join('\n  ')}`, { path, problems });
}

/** The same with every reference as it is written, for people to see: no secret is even known here. @throws HubError HUB_FILE_INVALID */
export function loadHubFileAsWritten(path: string): HubFile {
  return loadHubFile(path, { env: {}, unsetVariables: 'keep', secrets: keptSecrets });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'cannot be read';
    const message = `The hub file ${path} ${why}; name another by --file or PLUMBLINE_HUB_FILE.`;
    throw new HubError('HUB_FILE_INVALID', message, { path }, { cause: error });
  }
}
