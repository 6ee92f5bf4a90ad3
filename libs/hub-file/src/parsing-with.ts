import { describeProblem, parseHubFile, type HubFile, type HubFileProblem } from './index.js';

/** For specs: what hub files say with these variables set. */
export interface Parsing {
  /** @throws Error naming every problem */
  parse(text: string): HubFile;
  /** None for a file without problems. */
  problems(text: string): readonly HubFileProblem[];
}

/** @param env the variables that references find */
export function parsingWith(env: Readonly<Record<string, string>>): Parsing {
  return {
    parse: (text) => {
      const result = parseHubFile(text, { env });
      if ('problems' in result) throw new Error(result.problems.map(describeProblem).join('\n'));
      return result.file;
    },
    problems: (text) => {
      const result = parseHubFile(text, { env });
      return 'problems' in result ? result.problems : [];
    },
  };
}
