/** Where a message of a topic is shown: it stands first. */
export function messagePath({
  topic,
  partition,
  offset,
}: {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}): string {
  const before = `${partition}:${BigInt(offset) + 1n}`;
  return `/topics/${encodeURIComponent(topic)}?partition=${partition}&before=${before}`;
}

/** Where everything is found that a text names. */
export function searchPath(text: string): string {
  return `/search?q=${encodeURIComponent(text)}`;
}

/** The entity of a topic of records, by its name; null for any other. */
export function entityOfTopic(topic: string): string | null {
  if (topic.endsWith('.dead-letter.v1')) return null;
  const golden = /(?:^|\.)golden\.([a-z-]+)(?:\.history)?\.v1$/.exec(topic);
  return golden?.[1] ?? /\.([a-z-]+)\.changed\.v1$/.exec(topic)?.[1] ?? null;
}
