import type { BusinessKey, CanonicalFields } from '#kernel';
import type { Connector, ObservedRecord, RecordWrite } from '../connector.js';
import type { ConformanceTarget } from './driver.js';
import { KnownRecords, readAll } from './reading.js';

/** A feed knows of a change only after it read it. */
export async function readNews(connector: Connector, { entity, capabilities }: ConformanceTarget): Promise<void> {
  if (capabilities.changes === 'feed') await readAll(connector, entity, new KnownRecords());
}

export function toCreate(key: string, fields: CanonicalFields): RecordWrite {
  return { operation: 'create', externalId: null, key: key as BusinessKey, expectedVersion: null, fields };
}

export function toUpdate(current: ObservedRecord, fields: CanonicalFields): RecordWrite {
  const { externalId, key, version } = current;
  return { operation: 'update', externalId, key, expectedVersion: version, fields };
}

export function toDelete({ externalId, key, version }: ObservedRecord): RecordWrite {
  return { operation: 'delete', externalId, key, expectedVersion: version, fields: {} };
}
