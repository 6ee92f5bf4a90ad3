import { keyParts, type Capabilities, type EntityMapping } from '#connector-sdk';
import { ENTITIES, type Entity, type EntityDescriptor } from '#contracts';
import { HubError } from '#kernel';
import { entityOptionsSchema, type EntityOptions, type LookupOptions } from './entity-options.js';
import { findTemplateProblems, placeholdersOf } from './template.js';

/** Everything about one entity that follows from the configuration alone. */
export interface EntityPlan {
  readonly entity: Entity;
  readonly descriptor: EntityDescriptor;
  readonly mapping: EntityMapping;
  readonly options: EntityOptions;
  /** Path of the list. */
  readonly path: string;
  /** Columns of the key, as placeholders of `byKey` know them. */
  readonly keyColumns: readonly string[];
  /** Whether a write tells the version it expects. */
  readonly isConditional: boolean;
}

/** Records per call of `apply`; each costs at least one request. */
const BULK_SIZE = 100;

/** Plans of all mapped entities. @throws HubError HUB_CONFIG_INVALID naming every wrong option */
export function planEntities(
  mappings: Readonly<Partial<Record<Entity, EntityMapping>>>,
): ReadonlyMap<Entity, EntityPlan> {
  const plans = new Map<Entity, EntityPlan>();
  for (const [entity, mapping] of Object.entries(mappings) as [Entity, EntityMapping][])
    plans.set(entity, planEntity(entity, mapping));
  return plans;
}

/** What follows from the declaration. */
export function capabilitiesOf({ options, isConditional }: EntityPlan, landingMs: number): Capabilities {
  return {
    changes: options.changes === undefined ? 'scan' : 'cursor',
    deleteEvents: options.changes !== undefined && options.deleted !== undefined,
    precondition: isConditional ? 'version' : 'none',
    versionOrder: options.version === undefined ? 'none' : options.versionOrder,
    searchByKey: options.byKey !== undefined,
    digest: false,
    walk: true,
    bulkSize: BULK_SIZE,
    landingMs,
  };
}

function planEntity(entity: Entity, mapping: EntityMapping): EntityPlan {
  const parsed = entityOptionsSchema.safeParse(mapping.options);
  if (!parsed.success)
    throw invalid(
      entity,
      parsed.error.issues.map(({ path, message }) => `options.${path.join('.')}: ${message}`),
    );
  const options = parsed.data;
  const keyColumns = mapping.key.filter((part) => !part.startsWith('='));
  const problems = [
    ...(mapping.source.startsWith('/') ? [] : ['source: must be the path of the list and begin with /']),
    ...findUnfitOptions(options),
    ...findUnfitTemplates(options, [...keyColumns, ...keyParts(entity)]),
  ];
  if (problems.length > 0) throw invalid(entity, problems);
  const isConditional =
    options.version !== undefined && mentionsVersion(options.update) && options.update !== undefined;
  return { entity, descriptor: ENTITIES[entity], mapping, options, path: mapping.source, keyColumns, isConditional };
}

function findUnfitOptions(options: EntityOptions): string[] {
  const problems: string[] = [];
  if (options.changes !== undefined && options.updated === undefined)
    problems.push('options.updated: changes are told apart by it; name its path');
  if (options.update !== undefined && mentionsVersion(options.update) && options.version === undefined)
    problems.push('options.version: the update tells {version}; name its path');
  if (options.delete !== undefined && mentionsVersion(options.delete) !== mentionsVersion(options.update))
    problems.push('options.delete: tells {version} where the update does not, or the other way round');
  if (options.create !== undefined && options.byKey === undefined)
    problems.push('options.byKey: without it a create repeated after a crash would make a second record');
  return problems;
}

function findUnfitTemplates(options: EntityOptions, keyColumns: readonly string[]): string[] {
  const ofWrite = ['id', 'key', 'version', 'fields', 'record', ...keyColumns];
  const templates: [string, unknown, readonly string[]][] = [
    ['list', options.list, options.list.paging.kind === 'keyset' ? ['id'] : []],
    ['changes', options.changes, options.changes?.kind === 'keyset' ? ['at', 'id'] : ['at']],
    ['get', options.get, ['id']],
    ...lookupTemplates('byId', options.byId, ['id']),
    ...lookupTemplates('byKey', options.byKey, keyColumns),
    ['create', options.create, ofWrite],
    ['update', options.update, ofWrite],
    ['delete', options.delete, ofWrite],
  ];
  return templates.flatMap(([name, template, known]) =>
    findTemplateProblems(template, known).map((problem) => `options.${name}: ${problem}`),
  );
}

/** With `each` its values are told there, and the query knows only what they are joined to. */
function lookupTemplates(
  name: string,
  lookup: LookupOptions | undefined,
  known: readonly string[],
): [string, unknown, readonly string[]][] {
  if (lookup?.each === undefined) return [[name, lookup, known]];
  return [
    [`${name}.each`, lookup.each, known],
    [name, { path: lookup.path, query: lookup.query }, ['each']],
  ];
}

function mentionsVersion(template: unknown): boolean {
  return placeholdersOf(template).includes('version');
}

function invalid(entity: Entity, problems: readonly string[]): HubError {
  return new HubError('HUB_CONFIG_INVALID', `${entity}: ${problems.join('; ')}`);
}
