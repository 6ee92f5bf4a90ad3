import { ENTITIES, type Entity } from '#contracts';
import type { HubFile, HubFileProblem, ReconcileSettings } from './hub-file.js';
import { readAccess } from './read-access.js';
import { readCategories } from './read-categories.js';
import { readLimits } from './read-limits.js';
import { readObjectives } from './read-objectives.js';
import { readSurvivorship } from './read-survivorship.js';
import { readFeeds } from './read-feeds.js';
import { readStores } from './read-stores.js';
import { readWebhooks } from './read-webhooks.js';
import { readSystems, type ConnectorKind } from './read-systems.js';
import type { SecretSources, Variables } from './references.js';
import { readDurationMs, readNumber, readPattern, type NumberRange } from './yaml-values.js';
import { YamlReader, type Place } from './yaml-reader.js';

/** What is checked besides the text itself. */
export interface ParseOptions {
  /** Values of `${NAME}` references. */
  readonly env: Variables;
  /** Where secrets of `${scheme:reference}` are; without a scheme here such a reference is malformed. */
  readonly secrets?: SecretSources;
  /** Connector kinds that exist here; without them any name is taken and no `config` is checked. */
  readonly connectors?: readonly ConnectorKind[];
  /** `keep` accepts references to unset variables and leaves them as text: for tools that open no system. Default `problem`. */
  readonly unsetVariables?: 'problem' | 'keep';
}

/** A checked file, or everything that is wrong with it, in the order of the file. */
export type ParseResult = { readonly file: HubFile } | { readonly problems: readonly HubFileProblem[] };

/** Default of `hub.port`. */
export const DEFAULT_PORT = 7700;
/** Default of `hub.partitions`. */
export const DEFAULT_PARTITIONS = 6;

const SECTIONS = [
  'hub',
  'systems',
  'survivorship',
  'limits',
  'reconcile',
  'objectives',
  'webhooks',
  'feeds',
  'stores',
  'access',
] as const;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RECONCILE: ReconcileSettings = {
  everyMs: HOUR_MS,
  keepRoundsMs: 90 * DAY_MS,
  keepAuditMs: 400 * DAY_MS,
  maxRateShare: 0.2,
};
const RATE_SHARE: NumberRange = { min: 0.01, max: 1 };

/** Reads and checks a hub file; pure. Values of variables never enter a problem. */
export function parseHubFile(text: string, options: ParseOptions): ParseResult {
  const reader = new YamlReader(text, {
    env: options.env,
    secrets: options.secrets,
    unset: options.unsetVariables ?? 'problem',
  });
  // After a syntax error the tree below it is a guess: further problems would mislead.
  if (reader.hasSyntaxErrors) return { problems: reader.problems };
  const found = reader.object(reader.root, SECTIONS, ['hub', 'systems', 'survivorship']);
  const systems = found.systems ? readSystems(reader, found.systems, options.connectors) : [];
  const survivorship = found.survivorship ? readSurvivorship(reader, found.survivorship, systems) : {};
  const limits = readLimits(reader, found.limits);
  const objectives = readObjectives(reader, found.objectives, systems);
  const webhooks = readWebhooks(reader, found.webhooks);
  const access = readAccess(reader, found.access);
  const file: HubFile = {
    hub: readHub(reader, found.hub),
    systems,
    survivorship,
    liveLimits: limits.live,
    repairLimits: limits.repair,
    reconcile: found.reconcile ? readReconcile(reader, found.reconcile) : RECONCILE,
    ...(objectives.length > 0 && { objectives }),
    ...(webhooks.length > 0 && { webhooks }),
    ...readFeeds(reader, found.feeds),
    ...readStores(reader, found.stores),
    ...(access && { access }),
  };
  return reader.problems.length > 0 ? { problems: reader.problems } : { file };
}

/** `12:5 systems.erp.mode: message hint`, one line. */
export function describeProblem(problem: HubFileProblem): string {
  const where = problem.path === '' ? '' : ` ${problem.path}:`;
  return `${problem.line}:${problem.column}${where} ${problem.message} ${problem.hint}`;
}

/** Entities that any system maps, in the order of the contracts. */
export function entitiesOf(file: HubFile): readonly Entity[] {
  return (Object.keys(ENTITIES) as Entity[]).filter((entity) => file.systems.some((system) => system.entities[entity]));
}

function readHub(reader: YamlReader, place: Place | undefined): HubFile['hub'] {
  const found = place ? reader.object(place, ['name', 'topicPrefix', 'port', 'partitions'], ['name']) : {};
  return {
    name: found.name
      ? readPattern(reader, found.name, /^[a-z][a-z0-9-]{0,31}$/, 'Use up to 32 lower-case letters, digits and dashes.')
      : '',
    topicPrefix: found.topicPrefix ? readPrefix(reader, found.topicPrefix) : '',
    port: found.port ? readNumber(reader, found.port, { min: 1024, max: 65_000, whole: true }) : DEFAULT_PORT,
    partitions: found.partitions
      ? readNumber(reader, found.partitions, { min: 1, max: 1000, whole: true })
      : DEFAULT_PARTITIONS,
  };
}

/** At most 21 characters: prefix, `connector_` and the name of a system must fit PostgreSQL's 63 bytes of a schema name. */
function readPrefix(reader: YamlReader, place: Place): string {
  const hint =
    'Leave it empty, or use up to 20 lower-case letters, digits, dashes and dots, ending in a dot: "shop1.".';
  return readPattern(reader, place, /^(|[a-z0-9](?:[a-z0-9.-]{0,18}[a-z0-9])?\.)$/, hint);
}

function readReconcile(reader: YamlReader, place: Place): ReconcileSettings {
  const names = ['every', 'keepRounds', 'keepAudit', 'maxRateShare', 'categories'] as const;
  const { every, keepRounds, keepAudit, maxRateShare, categories } = reader.object(place, names);
  return {
    everyMs: every ? readDurationMs(reader, every) : RECONCILE.everyMs,
    keepRoundsMs: keepRounds ? readKeepMs(reader, keepRounds) : RECONCILE.keepRoundsMs,
    keepAuditMs: keepAudit ? readKeepMs(reader, keepAudit) : RECONCILE.keepAuditMs,
    maxRateShare: maxRateShare ? readNumber(reader, maxRateShare, RATE_SHARE) : RECONCILE.maxRateShare,
    ...(categories && { categories: readCategories(reader, categories) }),
  };
}

/** Repairs of the last 24 hours count when a round is judged. */
function readKeepMs(reader: YamlReader, place: Place): number {
  const ms = readDurationMs(reader, place);
  if (ms < DAY_MS) reader.report(place, 'This is too short.', 'Write at least 1d, for example 90d.');
  return ms;
}
