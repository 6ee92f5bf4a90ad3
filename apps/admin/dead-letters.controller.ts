import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { Access, Permission, type RequestAccess } from '#auth';
import type { LetterChange, LetterDetail, LetterGroupReport, LetterReport, LetterRetryPlan } from '#contracts';
import type { HubFile } from '#hub-file';
import { HubError } from '#kernel';
import { parseRequest } from '#observability';
import type { DeadLetter, DeadLetterChoice } from '#replay';
import type { PlannedEdit } from '#replay-desk';
import { ACTS, type Act, type Acts } from './acts.js';
import type { LiveFeed } from './live-feed.js';
import { maskChanges, maskLetter, type LetterReader } from './mask-letters.js';
import type { Redelivery } from './redelivery.js';
import { toLetterDetail, toLetterReport } from './redelivery-reports.js';
import {
  choiceBody,
  discardBody,
  editBody,
  lettersQuery,
  noteBody,
  toLetterChoice,
  toNamedChoice,
} from './redelivery-requests.js';
import { Actor } from './session.guard.js';
import { HUB_FILE, LIVE_FEED, REDELIVERY } from './tokens.js';

const LISTED = 200;
const READ_MS = 20_000;

/** Messages that consumers could not handle: by cause, once more, edited, or given up. */
@Controller('api')
export class DeadLettersController {
  constructor(
    @Inject(REDELIVERY) private readonly redelivery: Redelivery,
    @Inject(ACTS) private readonly acts: Acts,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(HUB_FILE) private readonly file: Pick<HubFile, 'hub'>,
  ) {}

  @Get('dead-letters/groups')
  @Permission('dead-letter:read')
  async groups(): Promise<readonly LetterGroupReport[]> {
    await this.redelivery.runner.index();
    return this.redelivery.letters.groups({});
  }

  @Get('dead-letters')
  @Permission('dead-letter:read')
  async list(@Query() query: unknown): Promise<LetterReport[]> {
    const choice = toLetterChoice(parseRequest(lettersQuery, query));
    await this.redelivery.runner.index();
    return (await this.redelivery.letters.list(choice, LISTED)).map(toLetterReport);
  }

  @Get('dead-letters/sending')
  @Permission('dead-letter:read')
  async sending(): Promise<{ readonly letters: number }> {
    return { letters: await this.redelivery.letters.countOrdered() };
  }

  @Get('dead-letters/:id')
  @Permission('dead-letter:read')
  async find(@Param('id') id: string, @Access() access: RequestAccess): Promise<LetterDetail> {
    const letter = await this.redelivery.getLetter(id);
    const read = ({ editor }: Parameters<Parameters<Redelivery['during']>[0]>[0]): ReturnType<typeof editor.read> =>
      editor.read(letter, AbortSignal.timeout(READ_MS));
    return maskLetter(toLetterDetail(letter, await this.redelivery.during(read)), this.readerOf(letter, access));
  }

  @Post('dead-letters/plan')
  @HttpCode(200)
  @Permission('dead-letter:plan')
  plan(@Body() body: unknown): Promise<LetterRetryPlan> {
    const choice = toNamedChoice(parseRequest(choiceBody, body));
    return this.redelivery.during(({ letterDesk }) => letterDesk.planRetry(choice));
  }

  /** All are marked at once; they go out in the background, also when this process is killed. */
  @Post('dead-letters/retry')
  @HttpCode(200)
  @Permission('dead-letter:release')
  async retry(@Body() body: unknown, @Actor() actor: string): Promise<{ readonly letters: number }> {
    const choice = toNamedChoice(parseRequest(choiceBody, body));
    const act = { actor, act: 'dead-letters.retried', subject: describe(choice), reason: null };
    return this.decide(act, () => this.redelivery.during(({ letterDesk }) => letterDesk.orderRetry(choice, actor)));
  }

  @Post('dead-letters/discard')
  @HttpCode(200)
  @Permission('dead-letter:reject')
  async discard(@Body() body: unknown, @Actor() actor: string): Promise<{ readonly letters: number }> {
    const { reason, ...chosen } = parseRequest(discardBody, body);
    const choice = toNamedChoice(chosen);
    const act = { actor, act: 'dead-letters.discarded', subject: describe(choice), reason };
    return this.decide(act, () => this.redelivery.letters.discard(choice, { reason, actor }));
  }

  @Post('dead-letters/:id/edit/plan')
  @HttpCode(200)
  @Permission('dead-letter:plan')
  async planEdit(
    @Param('id') id: string,
    @Body() body: unknown,
    @Access() access: RequestAccess,
  ): Promise<{ readonly changes: readonly LetterChange[] }> {
    const letter = await this.redelivery.getLetter(id);
    const { changes } = await this.toEdit(letter, body);
    return { changes: maskChanges(changes, this.readerOf(letter, access)) };
  }

  @Post('dead-letters/:id/edit')
  @HttpCode(200)
  @Permission('dead-letter:change')
  async edit(
    @Param('id') id: string,
    @Body() body: unknown,
    @Access() access: RequestAccess,
  ): Promise<{ readonly changes: readonly LetterChange[] }> {
    const actor = access.actor();
    const letter = await this.redelivery.getLetter(id);
    const act = { actor, act: 'dead-letter.edited', subject: id, reason: null };
    const changes = await this.acts.run(act, async () => {
      const edit = await this.toEdit(letter, body);
      await this.redelivery.during(({ editor }) => editor.order(letter, edit, actor));
      return edit.changes;
    });
    this.redelivery.runner.sendLetters();
    this.feed.soon();
    return { changes: maskChanges(changes, this.readerOf(letter, access)) };
  }

  @Post('dead-letters/:id/note')
  @HttpCode(204)
  @Permission('dead-letter:change')
  async note(@Param('id') id: string, @Body() body: unknown, @Actor() actor: string): Promise<void> {
    const { note } = parseRequest(noteBody, body);
    const act = { actor, act: 'dead-letter.noted', subject: id, reason: note };
    await this.acts.run(act, async () => {
      const { id: known } = await this.redelivery.getLetter(id);
      await this.redelivery.letters.annotate(known, note);
    });
  }

  /** @throws HubError HUB_NOT_FOUND where the choice means no letter that could be decided */
  private async decide(act: Act, work: () => Promise<number>): Promise<{ readonly letters: number }> {
    const letters = await this.acts.run(act, async () => assertSome(await work()));
    this.redelivery.runner.sendLetters();
    this.feed.soon();
    return { letters };
  }

  private readerOf({ origin }: DeadLetter, access: RequestAccess): LetterReader {
    return { topic: origin.topic, topicPrefix: this.file.hub.topicPrefix, access };
  }

  private async toEdit(letter: DeadLetter, body: unknown): Promise<PlannedEdit> {
    const { edits } = parseRequest(editBody, body);
    return this.redelivery.during(({ editor }) => editor.plan(letter, edits, AbortSignal.timeout(READ_MS)));
  }
}

function assertSome(letters: number): number {
  if (letters > 0) return letters;
  throw new HubError('HUB_NOT_FOUND', 'No open letter is meant by this, or all of them wait behind others.');
}

function describe({ ids, groupId, consumer, kind }: DeadLetterChoice): string {
  const parts = [
    ...(ids ? [ids.length === 1 ? `letter ${ids[0]}` : `${ids.length} letters`] : []),
    ...[groupId === undefined ? [] : [`cause ${groupId}`], consumer ?? [], kind ?? []].flat(),
  ];
  return parts.length === 0 ? 'all' : parts.join(', ');
}
