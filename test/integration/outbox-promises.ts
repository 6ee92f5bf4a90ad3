/** A row whose transaction committed; in the order of the commits. */
export interface Written {
  readonly key: string;
  /** Unique. */
  readonly text: string;
}

/** A row that was published; `isCommitted` as it was then. */
export interface Published extends Written {
  readonly isCommitted: boolean;
}

/**
 * Every broken promise: a row lost; one published whose transaction did not commit; first occurrences of a key in another
 * order than its commits; a key whose last row is not its newest; and, where nothing failed, a row that came twice.
 */
export function brokenPromises(
  written: readonly Written[],
  published: readonly Published[],
  isHealthy: boolean,
): string[] {
  const texts = published.map(({ text }) => text);
  const came = new Set(texts);
  const broken = [
    ...written.filter(({ text }) => !came.has(text)).map(({ text }) => `lost ${text}`),
    ...published.filter(({ isCommitted }) => !isCommitted).map(({ text }) => `phantom ${text}`),
    ...(isHealthy && came.size < texts.length ? [`repeated ${texts.join()}`] : []),
  ];
  for (const key of new Set(written.map((row) => row.key))) {
    const commits = written.filter((row) => row.key === key).map(({ text }) => text);
    const firsts = [...new Set(published.filter((row) => row.key === key).map(({ text }) => text))];
    const wanted = commits.filter((text) => came.has(text));
    const last = published.filter((row) => row.key === key).at(-1)?.text;
    if (firsts.filter((text) => wanted.includes(text)).join() !== wanted.join())
      broken.push(`inverted ${firsts.join()}`);
    if (last !== commits.at(-1)) broken.push(`stale ${last}`);
  }
  return broken;
}
