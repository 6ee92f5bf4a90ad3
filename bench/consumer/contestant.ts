import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { NODE_FLAGS, nodeEnvironment } from '#config';
import type { Figures } from './tally.js';

/** The consumers beside each other. */
export const CONSUMERS = ['stock', 'ours'] as const;
export type ConsumerName = (typeof CONSUMERS)[number];

/** What each of them does with the same topic; the bench prints it. Both make the same records of the same bytes. */
export const SIDES: Readonly<Record<ConsumerName, string>> = {
  stock:
    'ServerKafka of @nestjs/microservices, unmodified, on kafkajs: a handler for each message decodes its value with our ' +
    'AvroCodec and counts it; the position is kept by Kafka, told after every fetched batch',
  ours:
    'KafkaBatchServer as apps use it, pages of 500 messages or 1 MiB, two partitions side by side: the page is decoded ' +
    'with the same AvroCodec and counted in a transaction of PostgreSQL that locks and moves its position; Kafka is told too',
};

/** What a consumer's process is told at its start. */
export interface ConsumerSettings {
  readonly consumer: ConsumerName;
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly databaseUrl: string;
  readonly schema: string;
  readonly topic: string;
  readonly groupId: string;
  readonly deadLetterTopic: string;
  /** Events that the topic holds. */
  readonly count: number;
}

/**
 * Runs a consumer over a whole topic in a process of its own, with the flags of Node that apps are shipped with.
 * @param profileFolder where it writes a CPU profile
 * @throws Error when the process ends without figures
 */
export function playConsumer(settings: ConsumerSettings, profileFolder?: string): Promise<Figures> {
  const profile = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const entry = join(import.meta.dirname, 'contestant-process.js');
  const child = spawn(process.execPath, [...NODE_FLAGS.app, ...profile, entry, JSON.stringify(settings)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: nodeEnvironment(),
  });
  return new Promise((resolve, reject) => {
    let figures: Figures | null = null;
    child.on('message', (told) => (figures = told as Figures));
    child.once('exit', (code) => {
      if (figures) resolve(figures);
      else reject(new Error(`The consumer's process ended with ${code}.`));
    });
  });
}
