import { createRequire } from 'node:module';
import { HubError, toHubError } from '#kernel';
import kafkajs, { type Consumer, type ConsumerConfig } from 'kafkajs';
import { FETCH_VERSIONS, readFetchResponse, type FetchedPartition } from './fetch-response.js';
import { FetchAhead, type FetchRequest } from './fetch-ahead.js';
import { framedSockets } from './framed-sockets.js';
import { readMessages, type FetchedBatch } from './fetched-batch.js';
import { clusterOptions, ClusterOfKafkajs, type Broker, type ProtocolCall } from './kafkajs-cluster.js';
import type { KafkaConnection } from './kafka-connection.js';
import type { RawMessage } from './messages.js';

// Kafkajs's consumer, group membership and connections, with our reading of what a Fetch answers. Kafkajs (pinned at 2.2.4)
// makes some thirty objects of each record before anyone asks for it; here it is shown one object per record batch, of
// whose offset it keeps account, and the records are read a page at a time. Together with kafkajs-cluster.ts this is the
// only file that reaches into kafkajs.

/** What kafkajs takes for a message: it looks at nothing else. */
interface BatchAsMessage {
  /** Of the batch's last record: kafkajs drops what lies before the offset that it asked for. */
  readonly offset: string;
  /** Kafkajs hides it, and goes on behind it. */
  readonly isControlRecord: boolean;
  readonly fetched: FetchedBatch;
}
interface PartitionForKafkajs {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly preferredReadReplica: number;
  /** None: they are dealt with here. Kafkajs lets aborted messages pass where several transactions begin in one batch. */
  readonly abortedTransactions: readonly never[];
  readonly messages: readonly BatchAsMessage[];
}
interface ResponseForKafkajs {
  readonly throttleTime: number;
  readonly clientSideThrottleTime: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly PartitionForKafkajs[] }[];
}
/** kafkajs's batch of one partition, made of what {@link ResponseForKafkajs} says. */
interface BatchOfKafkajs {
  readonly topic: string;
  readonly partition: number;
  readonly fetchedOffset: string;
  readonly messages: readonly BatchAsMessage[];
}
type LookupRequest = Broker['lookupRequest'];
interface FetchingBroker extends Broker {
  fetch(request: FetchRequest): Promise<ResponseForKafkajs>;
}

const load = createRequire(import.meta.url);
const createConsumerOfKafkajs = load('kafkajs/src/consumer') as (options: object) => Consumer;
const EmitterOfKafkajs = load('kafkajs/src/instrumentation/emitter') as new () => object;

const FETCH_API_KEY = 1;
const OFFSET_OUT_OF_RANGE = 1;
const READ_COMMITTED = 1;
const CONSUMER_RETRIES = 5;

/**
 * A consumer whose batches are read with {@link readPages}. Where the log no longer holds the offset that is asked for it
 * crashes with HUB_DATABASE_OLD (kafkajs's own jumps to the first message), and a batch that is not read with its code.
 */
export function createBatchConsumer(connection: KafkaConnection, config: ConsumerConfig): Consumer {
  const emitter = new EmitterOfKafkajs();
  const options = clusterOptions(connection);
  const cluster = new FetchingCluster({
    ...options,
    socketFactory: framedSockets(options.socketFactory),
    instrumentationEmitter: emitter,
    isolationLevel: READ_COMMITTED,
    maxInFlightRequests: null,
  });
  return createConsumerOfKafkajs({
    ...config,
    cluster,
    logger: options.logger,
    retry: { ...options.retry, retries: CONSUMER_RETRIES },
    metadataMaxAge: options.metadataMaxAge,
    isolationLevel: READ_COMMITTED,
    instrumentationEmitter: emitter,
  });
}

/** When a page is full: at whichever comes first. A single message may be larger. */
export interface PageLimits {
  readonly messages: number;
  /** Of keys, values and headers, unpacked. */
  readonly bytes: number;
}

/**
 * The messages of a batch of {@link createBatchConsumer}, from the offset that was asked for, in pages; each is decoded when
 * it is asked for. None holds what compaction left of a batch, but then the batch's end still counts.
 * @throws HubError HUB_BATCH_UNREADABLE, HUB_BATCH_TOO_LARGE
 */
export async function* readPages(batch: object, limits: PageLimits): AsyncGenerator<readonly RawMessage[]> {
  const { topic, partition, fetchedOffset, messages } = batch as BatchOfKafkajs;
  const from = BigInt(fetchedOffset);
  let page: RawMessage[] = [];
  let bytes = 0;
  for (const { fetched } of messages)
    for (const message of await readMessages(fetched, { topic, partition })) {
      if (message.offset < from) continue;
      page.push(message);
      bytes += message.bytes;
      if (page.length < limits.messages && bytes < limits.bytes) continue;
      yield page;
      page = [];
      bytes = 0;
    }
  if (page.length > 0) yield page;
}

/** Brokers forget what they were given when they connect anew, so each is looked at whenever it fetches. */
class FetchingCluster extends ClusterOfKafkajs {
  private readonly lookups = new WeakSet<LookupRequest>();
  private readonly brokers = new WeakSet<Broker>();

  override async findBroker(node: { nodeId: number }): Promise<Broker> {
    const broker = await super.findBroker(node);
    if (!this.brokers.has(broker)) {
      this.brokers.add(broker);
      takeWholeAnswers(broker);
      this.replaceFetch(broker as FetchingBroker);
    }
    return broker;
  }

  private replaceFetch(broker: FetchingBroker): void {
    const fetch = broker.fetch.bind(broker);
    const ahead = new FetchAhead((request: FetchRequest) => {
      if (!this.lookups.has(broker.lookupRequest)) {
        broker.lookupRequest = readingFetches(broker.lookupRequest);
        this.lookups.add(broker.lookupRequest);
      }
      return fetch(request);
    });
    broker.fetch = (request) => ahead.fetch(request);
  }
}

/** kafkajs keeps the empty rest of an answer, and would copy the next one to put the two together. */
function takeWholeAnswers({ connectionPool }: Broker): void {
  for (const connection of connectionPool.pool) {
    const take = connection.processData.bind(connection);
    connection.processData = (bytes) => {
      if (connection.bytesBuffered === 0) connection.chunks = [];
      take(bytes);
    };
  }
}

function readingFetches(lookup: LookupRequest): LookupRequest {
  return (apiKey, definition) => {
    const make = lookup(apiKey, definition);
    if (apiKey !== FETCH_API_KEY) return make;
    return (options) => {
      const call = make(options);
      return {
        ...call,
        response: { decode: decoderOf(call), parse: (decoded) => call.response.parse(checked(decoded)) },
      };
    };
  };
}

function decoderOf({ request }: ProtocolCall): (payload: Buffer) => Promise<ResponseForKafkajs> {
  const version = request.apiVersion;
  return async (payload) => {
    try {
      if (version < FETCH_VERSIONS.first || version > FETCH_VERSIONS.last)
        throw new HubError('HUB_BROKER_REJECTED', 'This broker is older than Kafka 0.11.', { fetchVersion: version });
      return toResponse(payload, version);
    } catch (error) {
      throw final(toHubError(error));
    }
  };
}

/** From version 8 on the broker leaves the waiting to the client. */
function toResponse(payload: Buffer, version: number): ResponseForKafkajs {
  const { throttleMs, errorCode, sessionId, topics } = readFetchResponse(payload, version);
  return {
    throttleTime: version >= 8 ? 0 : throttleMs,
    clientSideThrottleTime: version >= 8 ? throttleMs : 0,
    errorCode,
    sessionId,
    responses: topics.map(({ topic, partitions }) => ({ topicName: topic, partitions: partitions.map(toPartition) })),
  };
}

function toPartition({ batches, aborted, highWatermark, ...rest }: FetchedPartition): PartitionForKafkajs {
  const messages = batches.map((fetched) => ({
    offset: String(fetched.lastOffset),
    isControlRecord: fetched.isControl || aborted.has(fetched),
    fetched,
  }));
  return { ...rest, highWatermark: String(highWatermark), abortedTransactions: [], messages };
}

/** Before kafkajs sees it: it would go on from the first message that is left, as if nothing were missing. */
function checked(decoded: object): object {
  for (const { topicName: topic, partitions } of (decoded as ResponseForKafkajs).responses)
    for (const { partition, errorCode } of partitions)
      if (errorCode === OFFSET_OUT_OF_RANGE)
        throw final(
          new HubError('HUB_DATABASE_OLD', `${topic}/${partition} no longer holds what comes next here.`, {
            topic,
            partition,
          }),
        );
  return decoded;
}

/** kafkajs repeats every error that does not say that repeating is of no use. */
function final(cause: HubError): Error {
  return Object.assign(new kafkajs.KafkaJSNonRetriableError(cause.message), { cause });
}
