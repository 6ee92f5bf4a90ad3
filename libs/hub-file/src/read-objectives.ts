import type { Entity } from '#contracts';
import type { SystemId } from '#kernel';
import type { HubFile, HubSystem, Objective, ObjectiveRule } from './hub-file.js';
import { readEntityName } from './read-systems.js';
import { readDurationMs, readText, readWord } from './yaml-values.js';
import type { Place, YamlReader } from './yaml-reader.js';

const DAY_MS = 24 * 60 * 60_000;
const SELECTORS = ['system', 'entity'] as const;
const PARTS = ['confirmedEqual', 'within', 'converge', 'openDrift'] as const;
/** As percentiles are called: p50, p99, p99.9. */
const PERCENTILE = /^p(\d{1,2}(?:\.\d{1,3})?)$/;
const PERCENT = /^(\d{1,3}(?:\.\d{1,4})?)\s*%$/;

/** What a store is held to: the rules for it, each part from the last rule that sets it; null when no part is set. */
export function objectiveOf(file: Pick<HubFile, 'objectives'>, system: SystemId, entity: Entity): Objective | null {
  const rules = (file.objectives ?? []).filter(
    (rule) => (rule.system ?? system) === system && (rule.entity ?? entity) === entity,
  );
  if (rules.length === 0) return null;
  const none: Objective = { confirmedEqual: null, withinMs: DAY_MS, converge: null, openDriftMs: null };
  return rules.reduce<Objective>((objective, rule) => ({ ...objective, ...rule.objective }), none);
}

/** Rules of `objectives`; none where the file has none. */
export function readObjectives(
  reader: YamlReader,
  place: Place | undefined,
  systems: readonly HubSystem[],
): readonly ObjectiveRule[] {
  return place ? reader.list(place).map((item) => readRule(reader, item, systems)) : [];
}

function readRule(reader: YamlReader, place: Place, systems: readonly HubSystem[]): ObjectiveRule {
  const before = reader.problemCount;
  const found = reader.object(place, [...SELECTORS, ...PARTS]);
  const { system, entity } = found;
  const ids = systems.map(({ id }) => id);
  const hasPart = found.confirmedEqual ?? found.converge ?? found.openDrift;
  if (!hasPart && reader.problemCount === before)
    reader.report(place, 'No objective is named.', 'Add confirmedEqual, converge or openDrift.');
  return {
    system: system ? readWord(reader, system, ids) : null,
    entity: entity ? readEntityName(reader, readText(reader, entity), entity) : null,
    objective: readParts(reader, found),
  };
}

function readParts(
  reader: YamlReader,
  { confirmedEqual, within, converge, openDrift }: Partial<Record<(typeof PARTS)[number], Place>>,
): Partial<Objective> {
  return {
    ...(confirmedEqual && { confirmedEqual: readShare(reader, confirmedEqual) }),
    ...(within && { withinMs: readWithinMs(reader, within) }),
    ...(converge && { converge: readConverge(reader, converge) }),
    ...(openDrift && { openDriftMs: readOldestMs(reader, openDrift) }),
  };
}

/** A percentage above 0, as a share. */
function readShare(reader: YamlReader, place: Place): number {
  const text = readText(reader, place);
  const percent = Number(PERCENT.exec(text)?.[1] ?? NaN);
  if (percent > 0 && percent <= 100) return toShare(percent);
  reader.report(place, `"${text}" is no percentage.`, 'Write a share of the keys above 0%, for example 99.9%.');
  return 1;
}

/** Without the rounding that dividing by 100 leaves. */
function toShare(percent: number): number {
  return Number((percent / 100).toFixed(6));
}

/** A longer window would need rounds that are no longer kept. */
function readWithinMs(reader: YamlReader, place: Place): number {
  const ms = readDurationMs(reader, place);
  if (ms > 28 * DAY_MS) reader.report(place, 'This is too long.', 'Write a duration up to 28d, for example 24h.');
  return ms;
}

function readConverge(reader: YamlReader, place: Place): Objective['converge'] {
  const [first, ...more] = reader.entries(place);
  const share = first ? Number(PERCENTILE.exec(first.name)?.[1] ?? NaN) : NaN;
  if (!first || more.length > 0 || !(share > 0)) {
    reader.report(first?.key ?? place, 'This is no percentile with a duration.', 'Write for example { p99: 5m }.');
    return null;
  }
  return { share: toShare(share), ms: readDurationMs(reader, first.value) };
}

function readOldestMs(reader: YamlReader, place: Place): number | null {
  const { oldest } = reader.object(place, ['oldest'], ['oldest']);
  return oldest ? readDurationMs(reader, oldest) : null;
}
