import type { GoldenStatus, Hold, SetAside, StoreDrift, SystemStatus, WebhookStatus } from '#contracts';
import { renderObjectives } from './objectives.view.js';
import { describeParked, type ParkedOf } from './parked.view.js';
import { age, grouped, indent, table, when } from './text.js';

/** What `status` could learn; a service that did not answer is in `unreachable`. */
export interface StatusReport {
  readonly systems: readonly SystemStatus[];
  readonly golden: GoldenStatus | null;
  readonly holds: readonly Hold[];
  /** Services that have parked keys. */
  readonly parked: readonly ParkedOf[];
  readonly webhooks: readonly WebhookStatus[];
  /** What the hub file's objectives say; empty where it names none. */
  readonly objectives: readonly StoreDrift[];
  readonly unreachable: readonly { readonly service: string; readonly message: string }[];
}

const SET_ASIDE_SHOWN = 5;

/** One page: the state of every system, then everything that is wrong and the command for it. */
export function renderStatus(report: StatusReport, nowMs: number): string {
  const wrong = [
    ...report.unreachable.map(({ message }) => message),
    ...report.systems.flatMap(describeSystem),
    ...report.holds.map((hold) => renderHold(hold, nowMs)),
    ...report.systems.flatMap((status) => describeSetAside(status, nowMs)),
    ...report.parked.map(describeParked),
    ...report.webhooks.flatMap((webhook) => describeWebhook(webhook, nowMs)),
    ...describeMissed(report.objectives),
  ];
  const parts = [
    renderSystems(report.systems, nowMs),
    renderGolden(report.golden),
    ...renderObjectives(report.objectives),
  ].filter((part) => part !== '');
  return [...parts, ...(wrong.length > 0 ? wrong : ['Nothing is wrong.'])].join('\n\n');
}

/** A hold with what, why, since when, and the two commands that settle it. */
export function renderHold(hold: Hold, nowMs: number): string {
  const what = hold.kind === 'live' ? 'a batch of changes' : 'a reconcile round';
  const samples = hold.samples.length > 0 ? [`for example: ${hold.samples.join(', ')}`] : [];
  const lines = [
    `${grouped(hold.count)} records, the limit is ${grouped(hold.limit)} (rule ${hold.rule})`,
    hold.reason,
    ...samples,
    `plumbline approve ${hold.id}`,
    `plumbline reject ${hold.id}`,
  ];
  return `HELD ${hold.id}: ${what} of ${hold.system} ${hold.entity}, since ${when(hold.openedAt, nowMs)}\n${indent(lines.join('\n'))}`;
}

function renderSystems(systems: readonly SystemStatus[], nowMs: number): string {
  const rows = systems.flatMap((status) =>
    status.entities.map((entity, index) => [
      index === 0 ? status.system : '',
      index === 0 ? `${status.state}, ${status.mode}` : '',
      entity.entity,
      entity.live,
      entity.due,
      entity.openIntents,
      entity.foreign,
      entity.setAside,
      entity.caughtUpAt ? age(nowMs - Date.parse(entity.caughtUpAt)) : 'not yet',
    ]),
  );
  if (rows.length === 0) return '';
  return table(['system', 'state', 'entity', 'live', 'due', 'writing', 'foreign', 'set aside', 'read up to'], rows);
}

function renderGolden(golden: GoldenStatus | null): string {
  if (!golden) return '';
  const counts = golden.entities.map(({ entity, live, deleted, foreign }) => [entity, live, deleted, foreign]);
  const waiting = golden.outboxRows > 0 ? `\n${grouped(golden.outboxRows)} golden events wait to be published.` : '';
  return `${table(['golden', 'live', 'deleted', 'foreign'], counts)}${waiting}`;
}

function describeSystem(status: SystemStatus): readonly string[] {
  const problem = status.problem ?? 'no reason given';
  const unscanned = status.entities.filter(({ firstScanCompletedAt }) => firstScanCompletedAt === null);
  return [
    ...(status.state === 'down' ? [`${status.system} is down, the hub keeps trying: ${problem}`] : []),
    ...(status.state === 'stopped' ? [`${status.system} is STOPPED, someone must act: ${problem}`] : []),
    ...(status.outboxRows > 0 ? [`${status.system}: ${grouped(status.outboxRows)} changes wait to be published.`] : []),
    ...unscanned.map(({ entity }) => `${status.system} ${entity}: the first complete scan is not done.`),
  ];
}

function describeSetAside(status: SystemStatus, nowMs: number): readonly string[] {
  const total = status.entities.reduce((sum, entity) => sum + entity.setAside, 0);
  const shown = status.setAside.slice(0, SET_ASIDE_SHOWN);
  if (shown.length === 0) return [];
  const count = Math.max(total, status.setAside.length);
  const more =
    count > shown.length ? [`… and ${grouped(count - shown.length)} more (--json shows what the connector lists)`] : [];
  const lines = [...shown.map((item) => renderSetAside(item, nowMs)), ...more];
  return [`${status.system}: ${grouped(count)} records set aside\n${indent(lines.join('\n'))}`];
}

function renderSetAside(item: SetAside, nowMs: number): string {
  const key = item.key !== null && item.key !== item.externalId ? ` (${item.key})` : '';
  return `${item.entity} ${item.externalId}${key}, ${item.kind}: ${item.reason}, ${when(item.at, nowMs)}`;
}

function describeMissed(stores: readonly StoreDrift[]): readonly string[] {
  const missed = stores.flatMap(({ objectives }) => objectives).filter(({ isMet }) => !isMet).length;
  if (missed === 0) return [];
  return [`${grouped(missed)} objectives are MISSED\n${indent('plumbline report --format html --out drift.html')}`];
}

function describeWebhook(webhook: WebhookStatus, nowMs: number): readonly string[] {
  const { name, host, offReason, pending, oldestPendingAt, parked, problem } = webhook;
  const what = [
    ...(offReason === null ? [] : [`It is OFF, someone must act: ${offReason}`]),
    ...(parked > 0 ? [`${grouped(parked)} events were tried for days and are not tried any more.`] : []),
    ...(pending > 0 && oldestPendingAt && (problem !== null || offReason !== null)
      ? [`${grouped(pending)} events wait, the oldest since ${when(oldestPendingAt, nowMs)}.`]
      : []),
  ];
  if (what.length === 0) return [];
  const lines = [...what, ...(problem === null ? [] : [problem]), `plumbline resend ${name}`];
  return [`webhook ${name} (${host})\n${indent(lines.join('\n'))}`];
}
