import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { HEADERS, type ContributionEvent, type Entity } from '#contracts';
import type { ChangePage, PageResult, RoundMark } from '#golden-record';
import { HubError, withTraceParents, type SystemId } from '#kernel';
import { KafkaBatchContext, OnBatch, toContribution, type DecodedMessage } from '#messaging-kafka';

/** Injection token of {@link ContributionsIntake}. */
export const CONTRIBUTIONS_INTAKE = Symbol('CONTRIBUTIONS_INTAKE');
/** Pattern of {@link ContributionsController}. */
export const CONTRIBUTIONS = 'contributions';

/** Where a change topic comes from. */
export interface ChangeTopic {
  readonly system: SystemId;
  readonly entity: Entity;
}

/** What the consumer needs. */
export interface ContributionsIntake {
  /** By topic name. */
  readonly topics: ReadonlyMap<string, ChangeTopic>;
  /** Applies a page exactly once. */
  apply(page: ChangePage): Promise<PageResult>;
}

/** Hands pages of change events to the merger. */
@Controller()
export class ContributionsController {
  constructor(@Inject(CONTRIBUTIONS_INTAKE) private readonly intake: ContributionsIntake) {}

  /** @throws HubError HUB_PAYLOAD_INVALID for an event that is not of its topic's system and entity: it is parked */
  @OnBatch(CONTRIBUTIONS)
  async onBatch(@Payload() messages: readonly DecodedMessage[], @Ctx() context: KafkaBatchContext): Promise<void> {
    const [first] = messages;
    const last = messages.at(-1);
    if (!first || !last) return;
    const { topic, partition } = first;
    const source = this.intake.topics.get(context.routeTopic);
    if (!source) throw new HubError('HUB_INVARIANT_BROKEN', 'A topic without a route.', { topic });
    const records = messages.filter(({ record }) => record !== null);
    const changes = records.map((message) => toChange(message, source));
    // of several changes of a record, the golden event names the trace of the last
    const traces = new Map(changes.map(({ event }, at) => [event.key, records[at]?.headers[HEADERS.traceParent]]));
    const page = { topic, partition, ...source, messages: changes, nextOffset: last.offset + 1n };
    await withTraceParents(traces, () => this.intake.apply(page));
  }
}

function toChange(message: DecodedMessage, source: ChangeTopic): ChangePage['messages'][number] {
  const event = toContribution(message);
  if (event.system !== source.system || event.entity !== source.entity)
    throw new HubError('HUB_PAYLOAD_INVALID', 'The event is of another system or entity than its topic.', {
      topic: message.topic,
      system: event.system,
      entity: event.entity,
    });
  const isBulk = message.headers[HEADERS.lane] === 'bulk';
  return {
    offset: message.offset,
    event,
    batch: toBatch(message.headers, event),
    isBulk,
    round: toRound(message.headers),
  };
}

/** `<round>` or `<round>:<fields, separated by commas>`: what the round found to differ. */
function toRound(headers: DecodedMessage['headers']): RoundMark | null {
  const [, id, fields = ''] = /^([^:]+)(?::(.*))?$/.exec(headers[HEADERS.round] ?? '') ?? [];
  return id === undefined ? null : { id, fields: fields.split(',').filter((name) => name !== '') };
}

/** A change without a batch was judged before it was made an event: a round commits what its limits or a person let pass. */
function toBatch(
  headers: DecodedMessage['headers'],
  { system, entity }: ContributionEvent,
): ChangePage['messages'][number]['batch'] {
  const id = headers[HEADERS.batch];
  if (id === undefined) return null;
  const size = Number(headers[HEADERS.batchSize]);
  return { id: `${system}/${entity}/${id}`, size: Number.isSafeInteger(size) && size > 0 ? size : 1 };
}
