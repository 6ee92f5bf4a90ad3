import { cut, killAt, type Strike } from '../nemesis/strikes.js';
import { CONSUMER_MUTANTS } from './consumer-mutants.js';
import { HOST_MUTANTS, type AIDS } from './host-mutants.js';
import { calm, dieAtPage, repeated, slowStatements, twoGoldens } from './mutant-strikes.js';
import { RELAY_MUTANTS } from './relay-mutants.js';

/** Names of mutants. */
export type MutantName = keyof typeof RELAY_MUTANTS | keyof typeof CONSUMER_MUTANTS | keyof typeof HOST_MUTANTS;

/** A mutant and the fault that makes it show; without a mutant, a control that must be valid. */
export interface Trial {
  readonly name: string;
  readonly mutant: MutantName | null;
  readonly aid?: keyof typeof AIDS;
  /** Of the import; few where rows of one key must follow each other closely. */
  readonly products?: number;
  readonly strike: Strike;
}

const lateCommits = slowStatements({ table: 'outbox', share: 0.4, seconds: 0.6 });
/** One transaction has to begin before another one of its key and to lock the key after it: that takes a few attempts. */
const stalledCommits = repeated(3, slowStatements({ table: 'outbox', share: 0.5, seconds: 2 }));
const slowSaves = slowStatements({ table: 'golden', share: 0.3, seconds: 1.5 });
const killedWriter = killAt('connector-shop', 'writer:answered');

const STRIKES: Readonly<Record<MutantName, Pick<Trial, 'strike' | 'aid' | 'products'>>> = {
  'mark-before-produce': { strike: cut('kafka') },
  'cursor-relay': { strike: lateCommits },
  'transaction-order-relay': { strike: stalledCommits, products: 40 },
  'skip-locked': { strike: twoGoldens, products: 12 },
  'no-inbox': { strike: dieAtPage },
  'offset-before-effect': { strike: dieAtPage },
  'connection-reuse': { strike: slowSaves },
  'last-arrival': { strike: calm },
  'blind-repair': { strike: calm },
  'no-read-ticket': { strike: calm, aid: 'slow-pages' },
  'no-intent': { strike: killedWriter },
  echo: { strike: killedWriter },
};

/** Every mutant with its fault. */
export const TRIALS: readonly Trial[] = Object.entries(STRIKES).map(([name, trial]) => {
  return { ...trial, name, mutant: name as MutantName };
});

/** The same faults made to the product as it is. */
export const CONTROLS: readonly Trial[] = [
  { name: 'control: collisions behind slow pages', mutant: null, aid: 'slow-pages', strike: calm },
  { name: 'control: late commits', mutant: null, aid: 'slow-pages', strike: lateCommits },
  { name: 'control: slow statements', mutant: null, aid: 'slow-pages', strike: slowSaves },
  {
    name: 'control: two goldens behind a slow Kafka',
    mutant: null,
    aid: 'slow-pages',
    strike: twoGoldens,
    products: 12,
  },
  { name: 'control: a writer that dies', mutant: null, aid: 'slow-pages', strike: killedWriter },
];
