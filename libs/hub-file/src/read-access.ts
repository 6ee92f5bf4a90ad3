import { isPermissionPattern, RESOURCES, VERBS, type Grant, type GrantScope } from '#contracts';
import { isSystemId } from '#kernel';
import type { HubAccess } from './hub-file.js';
import { readEntityName } from './read-systems.js';
import { readBoolean, readNumber, readTexts, type NumberRange } from './yaml-values.js';
import type { Entry, Place, YamlReader } from './yaml-reader.js';

const FIELDS = ['roles', 'fourEyesAbove', 'auditsReads', 'requestsPerMinute', 'loginsPerMinute'] as const;
const ROLE_FIELDS = ['grants', 'entities', 'systems', 'topicPrefixes'] as const;
const BUILT_IN = ['viewer', 'operator', 'data', 'approver', 'admin'];
const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const RATE: NumberRange = { min: 1, max: 1_000_000, whole: true };
const RECORDS: NumberRange = { min: 0, max: 1_000_000_000, whole: true };

/** Who may do what; undefined where the file says nothing. */
export function readAccess(reader: YamlReader, place: Place | undefined): HubAccess | undefined {
  if (!place) return undefined;
  const found = reader.object(place, FIELDS);
  return {
    roles: found.roles ? readRoles(reader, found.roles) : {},
    fourEyesAbove: found.fourEyesAbove ? readNumber(reader, found.fourEyesAbove, RECORDS) : null,
    auditsReads: found.auditsReads ? readBoolean(reader, found.auditsReads) : false,
    limits: {
      ...(found.requestsPerMinute && { requestsPerMinute: readNumber(reader, found.requestsPerMinute, RATE) }),
      ...(found.loginsPerMinute && { loginsPerMinute: readNumber(reader, found.loginsPerMinute, RATE) }),
    },
  };
}

function readRoles(reader: YamlReader, place: Place): HubAccess['roles'] {
  const roles: Record<string, readonly Grant[]> = {};
  for (const entry of reader.entries(place)) {
    reportName(reader, entry);
    roles[entry.name] = readRole(reader, entry.value);
  }
  return roles;
}

function reportName(reader: YamlReader, { name, key }: Entry): void {
  if (BUILT_IN.includes(name)) reader.report(key, `Every hub has the role "${name}".`, 'Choose another name.');
  else if (!NAME.test(name))
    reader.report(key, `"${name}" can't be the name of a role.`, 'Use up to 32 lower-case letters, digits and dashes.');
}

function readRole(reader: YamlReader, place: Place): readonly Grant[] {
  const found = reader.object(place, ROLE_FIELDS, ['grants']);
  const scope = readScope(reader, found);
  return (found.grants ? readTexts(reader, found.grants) : []).flatMap(({ text, at }) => {
    if (isPermissionPattern(text)) return [{ permission: text, ...(scope && { scope }) }];
    const hint = `Write resource:verb, * for all: ${RESOURCES.join(', ')}; ${VERBS.join(', ')}.`;
    reader.report(at, `"${text}" is no permission.`, hint);
    return [];
  });
}

function readScope(reader: YamlReader, found: Partial<Record<(typeof ROLE_FIELDS)[number], Place>>): GrantScope | null {
  const { entities, systems, topicPrefixes } = found;
  const scope: GrantScope = {
    ...(entities && {
      entities: readTexts(reader, entities).flatMap(({ text, at }) => readEntityName(reader, text, at) ?? []),
    }),
    ...(systems && { systems: readTexts(reader, systems).flatMap(({ text, at }) => readSystemId(reader, text, at)) }),
    ...(topicPrefixes && { topicPrefixes: readTexts(reader, topicPrefixes).map(({ text }) => text) }),
  };
  return Object.keys(scope).length > 0 ? scope : null;
}

/** A system that is not in the file yet, or no more, is no mistake: a role outlives it. */
function readSystemId(reader: YamlReader, text: string, at: Place): readonly string[] {
  if (isSystemId(text) || text === 'hub') return [text];
  reader.report(at, `"${text}" can't be the name of a system.`, 'Write the name of a system of this file.');
  return [];
}
