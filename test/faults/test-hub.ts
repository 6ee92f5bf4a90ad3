import { AvroCodec, SchemaRegistry, TopicReader, type KafkaConnection } from '#messaging-kafka';
import { ScratchHub, type ServerAddresses } from '#hub-runner';
import { ROOT } from './servers.js';
import { Stores, SYSTEMS } from './stores.js';

/** How a test hub is made. */
export interface TestHubOptions {
  readonly servers: ServerAddresses;
  /** Folder for the hub file and logs. */
  readonly folder: string;
  /** The hub file from `systems:` on. */
  readonly systems?: string;
  readonly partitions?: number;
  /** Of the same servers, past the proxies that the hub goes through: for the run itself. */
  readonly direct?: ServerAddresses;
  /** Turns the address of a store into the one by which the hub reaches it. */
  readonly throughProxy?: (address: string) => string;
  /** More variables of the hub's processes, and arguments of Node. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
}

/** A hub of separate processes, with what reads its topics. */
export interface WatchedHub {
  readonly hub: ScratchHub;
  /** Offsets of topics. */
  readonly reader: TopicReader;
  readonly connection: KafkaConnection;
  /** Decodes what lies on the topics. */
  readonly codec: AvroCodec;
}

/** An ERP and a shop, and a hub of separate processes between them. */
export class TestHub implements WatchedHub {
  readonly reader: TopicReader;

  private constructor(
    readonly stores: Stores,
    readonly hub: ScratchHub,
    readonly connection: KafkaConnection,
    readonly codec: AvroCodec,
  ) {
    this.reader = new TopicReader(connection);
  }

  /** Creates stores, database and topics; starts no process. */
  static async create(options: TestHubOptions): Promise<TestHub> {
    const { servers, folder, systems = SYSTEMS, partitions = 4, nodeArguments = [] } = options;
    const { direct = servers, throughProxy = (address: string) => address, variables } = options;
    const stores = await Stores.create(direct.DATABASE_URL);
    const addresses = Object.entries(stores.environment).map(([name, address]) => [name, throughProxy(address)]);
    const environment = { ...(Object.fromEntries(addresses) as Record<string, string>), ...variables };
    const made = { root: ROOT, folder, servers, systems, environment, partitions, nodeArguments };
    const hub = await ScratchHub.create(made);
    const connection = { brokers: direct.KAFKA_BROKERS.split(','), clientId: 'plumbline-test' };
    const codec = new AvroCodec(new SchemaRegistry({ url: direct.REGISTRY_URL }));
    return new TestHub(stores, hub, connection, codec);
  }

  /** Starts every process, and lets the hub write into the shop. */
  async start(): Promise<void> {
    await this.hub.processes.startAll();
    await this.hub.setMode('shop', 'write');
  }

  /** Ends the processes and deletes everything. */
  async drop(): Promise<void> {
    await this.hub.drop();
    await this.reader.close();
    await this.stores.drop();
  }
}
