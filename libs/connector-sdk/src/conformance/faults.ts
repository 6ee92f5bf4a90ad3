/** Takes a fault away. */
export type Heal = () => Promise<void>;

/** A fault of one answer. */
export interface Strike {
  /** Takes the fault away, and says whether an answer was hit: false where the call needed fewer answers. */
  end(): boolean;
}

/** An answer of HTTP that a proxy or an overloaded server gives. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Which answers are hit, counted from 1 when the fault begins: the n-th, or it and all after it. */
export interface Aim {
  readonly n: number;
  readonly isLasting?: boolean;
}

/**
 * What can be done to the line between the connector (not the driver) and its system. A driver that has one gets the
 * rules of faults: for a TCP line the first part, for HTTP all.
 */
export interface FaultyLine {
  readonly kind: 'tcp' | 'http';
  /** Refuses connections and cuts those that are open. */
  refuse(): Promise<Heal>;
  /** Resets every connection. */
  reset(): Promise<Heal>;
  /** Takes what is sent to the system and lets nothing through. */
  silence(): Promise<Heal>;
  /** Answers come late and in small packets. */
  slow(): Promise<Heal>;
  /** Cuts the connection in the middle of an answer, after the system did what it was asked. */
  cut(aim: Aim): Strike;
  /** HTTP only. The answer is another one: the system was asked and did it (`after`), or was never asked (`instead`). */
  answer(aim: Aim, answer: HttpAnswer, when: 'after' | 'instead'): Strike;
}
