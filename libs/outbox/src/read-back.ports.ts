/** Where an event stands among those of its key: by epoch, then by sequence. */
export interface EventPlace {
  readonly epoch: number;
  readonly sequence: bigint;
}

/** One message of a topic that is read back; a null value is a tombstone. */
export interface TailMessage {
  readonly offset: bigint;
  readonly key: string;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** A run of messages of one partition, in order. */
export interface TailPage {
  readonly partition: number;
  readonly messages: readonly TailMessage[];
  /** Where reading goes on. */
  readonly nextOffset: bigint;
}

/** A compacted topic as its own relay reads it back. */
export interface TopicTail {
  /** First and end offset by partition. */
  offsets(topic: string): Promise<ReadonlyMap<number, { readonly low: bigint; readonly high: bigint }>>;
  /** Until `stop`; `from` is looked at again whenever the partitions are assigned anew. */
  read(options: {
    readonly topic: string;
    readonly from: ReadonlyMap<number, bigint>;
    readonly onPage: (page: TailPage) => Promise<void>;
  }): Promise<void>;
  stop(): void;
  close(): Promise<void>;
}

/** What the database of the topic's service knows of its keys. */
export interface CurrentRows {
  /** Places of the keys' current rows as committed, without locks; also of deleted records. A key without a row is missing. */
  findPlaces(keys: readonly string[]): Promise<ReadonlyMap<string, EventPlace>>;
  /** Which of the keys have rows in the outbox, waiting or parked; all of them where too many wait to be looked at. */
  findUnpublished(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Appends each key's current row to the outbox as the event that it was (same place), under the key's lock: whoever
   * changes the key appends before or after. @returns how many; a key without a row is left out
   */
  appendCurrent(keys: readonly string[]): Promise<number>;
}

/** How far topics were read back; kept in the service's database. */
export interface ReadBackPositions {
  find(topic: string, partition: number): Promise<bigint | null>;
  advance(offset: { readonly topic: string; readonly partition: number; readonly nextOffset: bigint }): Promise<void>;
}
