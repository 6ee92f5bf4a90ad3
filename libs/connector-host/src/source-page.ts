import type { ObservedRecord } from '#connector-sdk';
import type { SourcePage, SourceRecord } from '#contracts';
import { HubError, type ExternalId } from '#kernel';
import { emptyRow, observe, type MirrorRow, type ReadTicket, type RoundMirror } from '#mirror';
import { toContributionEvent } from './change-events.js';
import type { EntityContext, HostContext } from './host-context.js';
import { readSystem } from './round-scan.js';
import { RowIndex, type IndexedRow } from './row-index.js';

/** Which records are asked for: a page of all of them, or some by id. */
export type SourceChoice = { readonly cursor: string | null } | { readonly ids: readonly ExternalId[] };

const SHOWN_PROBLEMS = 3;

/**
 * What the system says now, record by record: what reading the page would make of the mirror's rows (`observe`), so that a
 * value which the hub itself wrote is not taken for the system's. Stores nothing: the live path and the rounds decide what
 * becomes a change. A row that moved since the page's ticket speaks for itself, being newer.
 * @throws HubError of the connector; HUB_SCAN_CURSOR_EXPIRED when the system does not take the cursor any more
 */
export async function readSourcePage(
  context: HostContext,
  entity: EntityContext,
  mirror: RoundMirror,
  choice: SourceChoice,
): Promise<SourcePage> {
  const ticket = await context.store.drawTicket();
  const readAtMs = context.clock.nowMs();
  const { records, rejected, next } = await read(context, entity, choice);
  const rows = await findRows(entity, mirror, records, ticket);
  const said: SourceRecord[] = [];
  const silent: string[] = rejected.map(({ externalId }) => externalId);
  const problems: string[] = rejected.map(({ externalId, reason }) => `${externalId}: ${reason}`);
  for (const record of records) {
    const heard = hear(rows.find(record), record, entity, readAtMs);
    if (typeof heard === 'string') problems.push(`${record.externalId}: ${heard}`);
    if (typeof heard === 'string' || heard.contribution === null) silent.push(record.externalId);
    else said.push(toSourceRecord(context, heard, readAtMs));
  }
  return { records: said, silent, problems: problems.slice(0, SHOWN_PROBLEMS), next };
}

async function read(context: HostContext, entity: EntityContext, choice: SourceChoice) {
  if ('cursor' in choice) return readSystem(context, entity, choice.cursor);
  const found = await context.connector.fetch(entity.entity, { by: 'externalId', ids: choice.ids });
  return { ...found, next: null };
}

/** The rows of the records, and those under their keys that know no record yet. */
async function findRows(
  { entity }: EntityContext,
  mirror: RoundMirror,
  records: readonly ObservedRecord[],
  ticket: ReadTicket,
): Promise<RowIndex> {
  const rows = new RowIndex();
  if (records.length === 0) return rows;
  const names = { externalIds: records.map(({ externalId }) => externalId), keys: records.map(({ key }) => key) };
  for (const row of await mirror.findWhole(entity, names, ticket)) rows.addLocked(row);
  return rows;
}

/** The row after the reading; a text says why the record can't be heard. */
function hear(
  found: IndexedRow | null | string,
  record: ObservedRecord,
  { entity, traits }: EntityContext,
  readAtMs: number,
): MirrorRow | string {
  if (typeof found === 'string') return found;
  if (found?.moved) return { ...found.row, externalId: record.externalId };
  const row = found ? { ...found.row, externalId: record.externalId } : emptyRow(entity, record.key, record.externalId);
  const observed = observe(row, { ...record, readAtMs }, traits);
  return observed.kind === 'older' ? 'The system shows an older version than one that was seen.' : observed.row;
}

function toSourceRecord(context: HostContext, row: MirrorRow, readAtMs: number): SourceRecord {
  const { externalId, key, epoch, sequence, status, fields, marks } = toContributionEvent(context, row, readAtMs);
  return { externalId, key, epoch, sequence: String(sequence), status, fields, marks };
}

/** @throws HubError HUB_NOT_FOUND for an entity that the system does not have */
export function sourceEntity({ entities, system }: HostContext, name: string): EntityContext {
  for (const [entity, context] of entities) if (entity === name) return context;
  throw new HubError('HUB_NOT_FOUND', `${system} has no ${name}.`, { system, entity: name });
}
