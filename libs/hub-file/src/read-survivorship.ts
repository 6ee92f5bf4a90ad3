import { ENTITIES, type Entity } from '#contracts';
import type { SystemId } from '#kernel';
import type { FieldRule, HubSystem, SurvivorshipPolicy } from './hub-file.js';
import { readEntityName } from './read-systems.js';
import { suggest } from './suggest.js';
import { readNumber, readTexts } from './yaml-values.js';
import type { Place, YamlReader } from './yaml-reader.js';

const POLICY_FIELDS = ['version', 'create', 'delete', 'owner', 'priority', 'lastWriter'] as const;

/** Survivorship of every entity, checked against the systems and their mappings. */
export function readSurvivorship(
  reader: YamlReader,
  place: Place,
  systems: readonly HubSystem[],
): Readonly<Partial<Record<Entity, SurvivorshipPolicy>>> {
  const mappingsAreGood = reader.problemCount === 0;
  const policies: Partial<Record<Entity, SurvivorshipPolicy>> = {};
  for (const { name, key, value } of reader.entries(place)) {
    const entity = readEntityName(reader, name, key);
    if (entity) policies[entity] = new PolicyReader(reader, entity, systems, mappingsAreGood).read(value);
  }
  return policies;
}

class PolicyReader {
  private readonly rules: Record<string, FieldRule> = {};
  private readonly ruledAt = new Map<string, Place>();

  constructor(
    private readonly reader: YamlReader,
    private readonly entity: Entity,
    private readonly systems: readonly HubSystem[],
    /** False after any problem in the systems: then a missing mapping is likely only misspelt. */
    private readonly mappingsAreGood: boolean,
  ) {}

  read(place: Place): SurvivorshipPolicy {
    const found = this.reader.object(place, POLICY_FIELDS, ['version', 'create']);
    const version = found.version
      ? readNumber(this.reader, found.version, { min: 1, max: 1_000_000_000, whole: true })
      : 1;
    if (found.owner) this.readOwners(found.owner);
    if (found.priority) this.readRanked(found.priority, 'priority');
    if (found.lastWriter) this.readRanked(found.lastWriter, 'last-writer-wins');
    return {
      version,
      create: found.create ? this.readSystems(found.create, 1) : [],
      delete: found.delete ? this.readSystems(found.delete, 0) : [],
      fields: this.rules,
    };
  }

  private readOwners(place: Place): void {
    for (const { name, key, value } of this.reader.entries(place)) {
      const system = this.findSystem(name, key);
      for (const { text: field, at } of readTexts(this.reader, value))
        if (system && this.claim(field, at, [system])) this.rules[field] = { kind: 'owner', system: system.id };
    }
  }

  private readRanked(place: Place, kind: 'priority' | 'last-writer-wins'): void {
    for (const { name: field, key, value } of this.reader.entries(place)) {
      const systems = this.readSystems(value, 1);
      const ranked = this.systems.filter((system) => systems.includes(system.id));
      if (this.claim(field, key, ranked)) this.rules[field] = { kind, systems };
    }
  }

  /** Takes a field for one rule. A field that none of its systems maps would stay empty for ever. */
  private claim(field: string, at: Place, systems: readonly HubSystem[]): boolean {
    const known = ENTITIES[this.entity].fields;
    if (!Object.hasOwn(known, field)) {
      this.reader.report(at, `The entity ${this.entity} has no field "${field}".`, suggest(field, Object.keys(known)));
      return false;
    }
    const before = this.ruledAt.get(field);
    if (before) {
      const hint = `Its first rule is on line ${this.reader.lineOf(before)}; keep one of them.`;
      this.reader.report(at, `The field "${field}" is owned twice.`, hint);
      return false;
    }
    this.ruledAt.set(field, at);
    const isMapped = systems.some((system) => system.entities[this.entity]?.fields[field]);
    if (systems.length > 0 && !isMapped && this.mappingsAreGood) this.reportUnmapped(field, at, systems[0]?.id ?? '');
    return true;
  }

  private reportUnmapped(field: string, at: Place, system: string): void {
    const where = `systems.${system}.entities.${this.entity}.fields`;
    this.reader.report(at, `No value can come for "${field}": ${system} does not map it.`, `Map it in ${where}.`);
  }

  private readSystems(place: Place, atLeast: 0 | 1): readonly SystemId[] {
    const ids: SystemId[] = [];
    const named = readTexts(this.reader, place);
    if (named.length < atLeast) this.reader.report(place, 'No system is named.', 'Name at least one system.');
    for (const { text, at } of named) {
      const system = this.findSystem(text, at);
      if (system && ids.includes(system.id)) this.reader.report(at, `"${text}" is named twice.`, 'Remove one.');
      else if (system) ids.push(system.id);
    }
    return ids;
  }

  private findSystem(name: string, at: Place): HubSystem | null {
    const system = this.systems.find(({ id }) => id === name);
    if (!system)
      this.reader.report(
        at,
        `Unknown system "${name}".`,
        suggest(
          name,
          this.systems.map(({ id }) => id),
        ),
      );
    return system ?? null;
  }
}
