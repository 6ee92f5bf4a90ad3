import { createRequire } from 'node:module';
import type { ISocketFactory, KafkaConfig } from 'kafkajs';
import { kafkaConfig, type KafkaConnection } from './kafka-connection.js';
import { writeRequestHead } from './produce-request.js';

// Reaches into kafkajs (pinned at 2.2.4), as kafkajs-consumer.ts does and nothing else: its connections, metadata, TLS and
// SASL are used without its producer. What is declared here is all that we use of it; test/integration runs every line of it.
/** A request that is ready to be sent, and how its answer is read. */
export interface ProtocolCall {
  readonly request: { readonly apiKey: number; readonly apiName: string; readonly apiVersion: number };
  readonly response: {
    decode(payload: Buffer): Promise<{ readonly clientSideThrottleTime?: number }>;
    parse(decoded: object): Promise<unknown>;
  };
}
interface QueuedRequest {
  readonly entry: Readonly<Record<string, unknown>>;
  readonly expectResponse: boolean;
  readonly requestTimeout: null;
  readonly sendRequest: () => void;
}
interface Connection {
  /** What was received and is no whole answer yet. */
  chunks: Buffer[];
  readonly bytesBuffered: number;
  processData(bytes: Buffer): void;
  readonly socket: { write(bytes: Buffer): boolean };
  readonly requestQueue: { push(request: QueuedRequest): void; maybeThrottle(ms: number | undefined): void };
  authenticate(): Promise<void>;
  failIfNotConnected(): void;
  nextCorrelationId(): number;
}
/** A node as kafkajs knows it. */
export interface Broker {
  readonly connectionPool: { getConnection(): Promise<Connection>; readonly pool: readonly Connection[] };
  /** Replaced whenever it connects. */
  lookupRequest: (apiKey: number, definition: unknown) => (options: object) => ProtocolCall;
  initProducerId(options: { transactionTimeout: number }): Promise<{ producerId: string; producerEpoch: number }>;
}
/** A message as kafkajs decodes it. */
export interface KafkajsMessage {
  readonly offset: string;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | string | readonly (Buffer | string)[] | undefined>>;
}
interface LookupBroker {
  fetch(request: object): Promise<FetchedByKafkajs>;
}
interface FetchedByKafkajs {
  readonly responses: readonly {
    readonly partitions: readonly { readonly messages: readonly KafkajsMessage[] }[];
  }[];
}
/** `leader` is a node's id. */
interface PartitionLeader {
  readonly partitionId: number;
  readonly leader: number;
}
interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findTopicPartitionMetadata(topic: string): PartitionLeader[];
  findBroker(node: { nodeId: number }): Promise<Broker>;
  findControllerBroker(): Promise<Broker>;
  retrier<T>(work: (bail: (error: unknown) => void) => Promise<T>): Promise<T>;
}

const load = createRequire(import.meta.url);
/** kafkajs's knowledge of the brokers. */
export const ClusterOfKafkajs = load('kafkajs/src/cluster') as new (options: object) => Cluster;
const socketFactory = load('kafkajs/src/network/socketFactory') as () => ISocketFactory;
const { createLogger, LEVELS } = load('kafkajs/src/loggers') as {
  createLogger: (options: object) => unknown;
  LEVELS: { INFO: number };
};
const { requests } = load('kafkajs/src/protocol/requests') as { requests: { Produce: unknown } };

const PRODUCE_API_KEY = 0;
/** Nothing is transactional here, but kafkajs writes the field. */
const TRANSACTION_TIMEOUT_MS = 60_000;
const METADATA_MAX_AGE_MS = 300_000;
/** A batch that is larger is sent whole all the same. */
const FETCH_BYTES = 64 * 1024;
const READ_COMMITTED = 1;

/** Options of a cluster, as kafkajs's own client makes them. */
export interface ClusterOptions extends Omit<KafkaConfig, 'logLevel'> {
  readonly socketFactory: ISocketFactory;
  readonly allowAutoTopicCreation: boolean;
  readonly logger: unknown;
  readonly metadataMaxAge: number;
}

/** What every cluster of this connection is made with. */
export function clusterOptions(connection: KafkaConnection): ClusterOptions {
  const config = kafkaConfig(connection);
  return {
    ...config,
    logger: createLogger({ level: LEVELS.INFO, logCreator: config.logCreator }),
    socketFactory: socketFactory(),
    enforceRequestTimeout: true,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
  };
}

/** The brokers as a producer needs them. Every method throws kafkajs's errors; after one, close it and make another. */
export class KafkajsCluster {
  private readonly cluster: Cluster;
  private readonly clientId: string;

  constructor(connection: KafkaConnection) {
    this.clientId = connection.clientId;
    this.cluster = new ClusterOfKafkajs({ ...clusterOptions(connection), maxInFlightRequests: 1 });
  }

  /** Connects and makes the topics' metadata known. A topic may be new: that it is missing is asked again a few times. */
  async loadTopics(topics: readonly string[]): Promise<void> {
    await this.cluster.connect();
    await this.retryOn(['UNKNOWN_TOPIC_OR_PARTITION'], async () => {
      await this.cluster.addMultipleTargetTopics(topics);
      await this.cluster.refreshMetadataIfNecessary();
    });
  }

  /** The node that leads each partition of a loaded topic, by partition. */
  leadersOf(topic: string): number[] {
    const leaders: number[] = [];
    for (const { partitionId, leader } of this.cluster.findTopicPartitionMetadata(topic)) leaders[partitionId] = leader;
    return leaders;
  }

  /** A producer id of its own; call after `loadTopics`. A broker that just fetches ids is asked again a few times. */
  async initProducerId(): Promise<{ readonly id: bigint; readonly epoch: number }> {
    return this.retryOn(['GROUP_LOAD_IN_PROGRESS', 'GROUP_COORDINATOR_NOT_AVAILABLE'], async () => {
      const broker = await this.cluster.findControllerBroker();
      const answer = await broker.initProducerId({ transactionTimeout: TRANSACTION_TIMEOUT_MS });
      return { id: BigInt(answer.producerId), epoch: answer.producerEpoch };
    });
  }

  /**
   * Sends a Produce request (versions 3 to 8) to a node; throws when a partition was refused. `request` begins with
   * {@link requestHeadBytes} bytes of room, and its bytes go into the socket as they are, with no copy: nobody may write
   * to them before the answer.
   */
  async produce(nodeId: number, request: Buffer): Promise<void> {
    const broker = await this.cluster.findBroker({ nodeId });
    const call = broker.lookupRequest(PRODUCE_API_KEY, requests.Produce)({ acks: -1, topicData: [] });
    const connection = await broker.connectionPool.getConnection();
    await connection.authenticate();
    const { payload } = await this.send(connection, call, request);
    const decoded = await call.response.decode(payload);
    connection.requestQueue.maybeThrottle(decoded.clientSideThrottleTime);
    await call.response.parse(decoded);
  }

  /** The messages of the record batch that holds this offset, or of the next one where compaction left none of it. */
  async fetchBatch(topic: string, partition: number, offset: bigint): Promise<readonly KafkajsMessage[]> {
    const nodeId = this.leadersOf(topic)[partition] ?? -1;
    const broker = (await this.cluster.findBroker({ nodeId })) as Broker & LookupBroker;
    const asked = { partition, fetchOffset: offset.toString(), maxBytes: FETCH_BYTES };
    const limits = {
      replicaId: -1,
      isolationLevel: READ_COMMITTED,
      maxWaitTime: 100,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
    };
    const { responses } = await broker.fetch({ ...limits, topics: [{ topic, partitions: [asked] }] });
    return responses[0]?.partitions[0]?.messages ?? [];
  }

  /** As kafkajs's Connection.send does it, but for its two copies of the request. */
  private send(connection: Connection, call: ProtocolCall, request: Buffer): Promise<{ readonly payload: Buffer }> {
    return new Promise((resolve, reject) => {
      connection.failIfNotConnected();
      const { apiKey, apiName, apiVersion } = call.request;
      const correlationId = connection.nextCorrelationId();
      writeRequestHead(request, { apiKey, apiVersion, correlationId, clientId: this.clientId });
      connection.requestQueue.push({
        entry: { apiKey, apiName, apiVersion, correlationId, resolve, reject },
        expectResponse: true,
        requestTimeout: null,
        sendRequest: () => connection.socket.write(request),
      });
    });
  }

  close(): Promise<void> {
    return this.cluster.disconnect();
  }

  private retryOn<T>(types: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.cluster.retrier((bail) =>
      work().catch((error: unknown) => {
        if (!types.includes(String((error as { type?: string }).type))) bail(error);
        throw error;
      }),
    );
  }
}
