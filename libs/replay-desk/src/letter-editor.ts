import type { AvroRecord, EventTypeName } from '#contracts';
import { HubError, toHubError } from '#kernel';
import type { AvroCodec } from '#messaging-kafka';
import {
  editRecord,
  type DeadLetter,
  type DeadLetterDesk,
  type DeadLetterStore,
  type RecordChange,
  type RecordEdit,
  type ReplayMessage,
} from '#replay';

/** The message of a letter with its value, or why that can't be read. */
export type LetterValue = { readonly message: ReplayMessage } & (
  { readonly typeName: EventTypeName; readonly record: AvroRecord } | { readonly problem: string }
);

/** An edit that fits the schema. */
export interface PlannedEdit {
  readonly changes: readonly RecordChange[];
  /** As it would be sent. */
  readonly value: Buffer;
}

/** What an editor works with. */
export interface LetterEditorOptions {
  readonly codec: AvroCodec;
  readonly desk: DeadLetterDesk;
  readonly letters: DeadLetterStore;
}

/** Values of dead letters: read, edited, and handed to their consumer. */
export class LetterEditor {
  constructor(private readonly options: LetterEditorOptions) {}

  /** What is the value's own fault is an answer. @throws HubError HUB_NOT_FOUND when the message is gone, HUB_BROKER_*, HUB_REGISTRY_* */
  async read(letter: DeadLetter, signal: AbortSignal): Promise<LetterValue> {
    const message = await this.options.desk.message(letter, signal);
    try {
      return { message, ...(await this.decode(letter, message)) };
    } catch (error) {
      const { code, disposition, message: reason } = toHubError(error);
      if (disposition === 'park') return { message, problem: `${code}: ${reason}` };
      throw error;
    }
  }

  /**
   * Changes fields and checks the record against its schema; sends nothing.
   * @throws HubError HUB_PAYLOAD_INVALID when it does not fit, or can't be read at all; HUB_REQUEST_INVALID; as {@link LetterEditor.read}
   */
  async plan(letter: DeadLetter, edits: readonly RecordEdit[], signal: AbortSignal): Promise<PlannedEdit> {
    const { codec, desk } = this.options;
    const { record, typeName } = await this.decode(letter, await desk.message(letter, signal));
    const edited = editRecord(record, edits);
    await codec.ensureSchemas();
    return { changes: edited.changes, value: codec.encode(typeName, edited.record) };
  }

  /**
   * Marks the letter as to be sent with the edited value; {@link DeadLetterDesk.sendOrdered} sends it.
   * @throws HubError HUB_REPLAY_REFUSED for a letter that is not open, or whose consumer does not read its lane; nothing happened then
   */
  async order({ id, consumer }: DeadLetter, { value }: PlannedEdit, actor: string): Promise<void> {
    const { desk, letters } = this.options;
    const { lanes } = await desk.planRetry({ ids: [id] });
    if (!lanes.every(({ isRead }) => isRead))
      throw new HubError('HUB_REPLAY_REFUSED', `${consumer} does not read its lane.`, { id });
    if (await letters.orderEdited(id, value, actor)) return;
    throw new HubError('HUB_REPLAY_REFUSED', `The letter ${id} is not open, or waits behind another.`, { id });
  }

  private async decode(
    { id }: DeadLetter,
    { value }: ReplayMessage,
  ): Promise<{ readonly record: AvroRecord; readonly typeName: EventTypeName }> {
    const { codec } = this.options;
    if (value === null) throw new HubError('HUB_PAYLOAD_INVALID', 'The message has no value.', { id });
    await codec.prepare([value]);
    return codec.decode(value);
  }
}
