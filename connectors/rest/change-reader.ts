import type { ChangePage, ObservedRecord, RejectedRecord } from '#connector-sdk';
import { HubError, type Clock } from '#kernel';
import type { ZodType } from 'zod';
import type { RestClient } from './client.js';
import type { EntityPlan } from './entity-plan.js';
import { printTime, readItem } from './records.js';

/** What reading changes needs. */
export interface ChangeReader {
  readonly plan: EntityPlan;
  readonly client: RestClient;
  readonly clock: Clock;
}

/** A page of these items; of two with one id, which moved between two requests, the later one is the newer. */
export function toChangePage(
  { plan, client }: ChangeReader,
  items: readonly unknown[],
  cursor: unknown,
  more: boolean,
): ChangePage {
  const records = new Map<string, ObservedRecord>();
  const rejected = new Map<string, RejectedRecord>();
  for (const item of items) {
    const read = readItem(plan, item, client.redactor);
    const id = read.kind === 'record' ? read.record.observed.externalId : read.rejected.externalId;
    records.delete(id);
    rejected.delete(id);
    if (read.kind === 'record') records.set(id, read.record.observed);
    else rejected.set(id, read.rejected);
  }
  return { records: [...records.values()], rejected: [...rejected.values()], cursor: JSON.stringify(cursor), more };
}

/** Reads a cursor of ours. @throws HubError HUB_INVARIANT_BROKEN for any other */
export function parseCursor<T>(plan: EntityPlan, schema: ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new HubError('HUB_INVARIANT_BROKEN', `${plan.entity}: the cursor is none of this connector.`, {}, { cause });
  }
}

/** Where the next sweep begins, as the vendor prints times: its own time (else ours) less the overlap. */
export function overlapStart({ plan, clock }: ChangeReader, serverMs: number | null): string {
  return printTime(plan, (serverMs ?? clock.nowMs()) - plan.options.overlapMs);
}

/** Whether it is time to look behind the cursor again: every half overlap. */
export function isSweepDue({ plan, clock }: ChangeReader, sweptAtMs: number): boolean {
  const nowMs = clock.nowMs();
  return nowMs - sweptAtMs >= plan.options.overlapMs / 2 || nowMs < sweptAtMs;
}
