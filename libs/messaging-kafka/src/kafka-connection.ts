import type { KafkaSecurity } from '#config';
import { silentLogger, type Logger } from '#kernel';
import kafkajs, { type Kafka, type KafkaConfig, type logCreator } from 'kafkajs';
import { boundedGzip } from './bounded-gzip.js';
import { quietRequestQueues } from './quiet-request-queue.js';

/** How to reach Kafka. */
export interface KafkaConnection extends KafkaSecurity {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly logger?: Logger;
  /** How long one request may take; it bounds how long an outage goes unnoticed. Default 10,000. */
  readonly requestTimeoutMs?: number;
}

/** kafkajs has one table of codecs, and one class of queues, for all its clients. */
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.GZIP] = () => boundedGzip();
quietRequestQueues();

/** A kafkajs client with our limits. */
export function createKafka(connection: KafkaConnection): Kafka {
  return new kafkajs.Kafka(kafkaConfig(connection));
}

/** kafkajs's settings for a connection. It retries little: the callers back off by disposition. */
export function kafkaConfig(connection: KafkaConnection): KafkaConfig {
  return {
    brokers: [...connection.brokers],
    clientId: connection.clientId,
    ...(connection.ssl === undefined ? {} : { ssl: connection.ssl }),
    ...(connection.sasl === undefined ? {} : { sasl: connection.sasl }),
    connectionTimeout: 3_000,
    requestTimeout: connection.requestTimeoutMs ?? 10_000,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
    logCreator: bridgeTo(connection.logger ?? silentLogger),
  };
}

/** Lines of kafkajs in our log: its warnings as such, the rest for debugging only. */
function bridgeTo(logger: Logger): logCreator {
  const { logLevel } = kafkajs;
  return () => (entry) => {
    const facts = { area: 'kafkajs', namespace: entry.namespace, error: entry.log['error'] as unknown };
    if (entry.level === logLevel.ERROR || entry.level === logLevel.WARN) logger.warn(facts, entry.log.message);
    else logger.debug(facts, entry.log.message);
  };
}
