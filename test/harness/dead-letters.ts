import { TopicReader, type KafkaConnection, type RawMessage } from '#messaging-kafka';
import { eventually } from '#testing';

/** All messages of a dead-letter topic, once each of its partitions has at least that many. */
export async function readDeadLetters(
  connection: KafkaConnection,
  topic: string,
  count: number,
): Promise<readonly RawMessage[]> {
  const reader = new TopicReader(connection);
  const letters: RawMessage[] = [];
  try {
    await untilTrue(async () => [...(await reader.endOffsets(topic)).values()].every((end) => end >= BigInt(count)));
    const onPage = async ({ messages }: { readonly messages: readonly RawMessage[] }): Promise<void> => {
      letters.push(...messages);
    };
    await reader.readToEnd({ topic, from: new Map(), onPage });
  } finally {
    await reader.close();
  }
  return letters;
}

/** Waits up to 30 seconds for what is not yet true. */
export async function untilTrue(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const look = async (): Promise<void> => {
    if (!(await isTrue())) throw new Error(`not true: ${isTrue.toString()}`);
  };
  await eventually(look, { timeoutMs: 30_000 });
}
