import { HubError, instantOfMs, type Clock, type Instant } from '#kernel';
import { identityOf, type Principal } from './principal.js';

/** An act that needs two persons, of exactly this state of its object. */
export interface ApprovalRequest {
  readonly act: string;
  readonly subject: string;
  /** Of what is approved: another digest is another request. */
  readonly digest: string;
}

/** A request that waits for its second person. */
export interface PendingApproval extends ApprovalRequest {
  /** Identity of who asked first. */
  readonly askedBy: string;
  readonly askedAt: Instant;
}

/** Where requests wait. @throws HubError HUB_DATABASE_* */
export interface ApprovalStore {
  /**
   * Keeps the request, unless one that was asked for after `validFrom` is there; older ones are replaced. Of two at once one is
   * first. @returns the one that is kept
   */
  ask(pending: PendingApproval, validFrom: Instant): Promise<PendingApproval>;
  /** Those that were asked for after `validFrom`, the oldest first. */
  list(validFrom: Instant): Promise<readonly PendingApproval[]>;
  /** Forgets a request that was acted on. */
  settle(request: ApprovalRequest): Promise<void>;
}

/** After this a wish is forgotten: who comes later looks at something else. */
const VALID_MS = 24 * 60 * 60_000;

/**
 * Passes when somebody else asked for exactly this within the last 24 hours; else keeps the wish. Call it right before the act
 * and `settle` after it.
 * @throws HubError HUB_SECOND_PERSON_NEEDED for the first person, however often
 */
export async function assertSecondPerson(
  request: ApprovalRequest,
  principal: Principal,
  { store, clock }: { readonly store: ApprovalStore; readonly clock: Clock },
): Promise<void> {
  const nowMs = clock.nowMs();
  const wish = { ...request, askedBy: identityOf(principal), askedAt: instantOfMs(nowMs) };
  const kept = await store.ask(wish, instantOfMs(nowMs - VALID_MS));
  if (kept.askedBy !== identityOf(principal)) return;
  const { act, subject } = request;
  const message = `${act} of ${subject} needs a second person; ${kept.askedBy} asked for it.`;
  throw new HubError('HUB_SECOND_PERSON_NEEDED', message, {
    act,
    subject,
    askedBy: kept.askedBy,
    askedAt: kept.askedAt,
  });
}

/** How {@link FourEyes} decides. */
export interface FourEyesOptions {
  readonly store: ApprovalStore;
  readonly clock: Clock;
  /** Acts on more records than this need two persons; null: none does. */
  readonly above: number | null;
}

/** Acts that are too large for one person. */
export class FourEyes {
  constructor(private readonly options: FourEyesOptions) {}

  /** What waits for a second person, the oldest first. @throws HubError HUB_DATABASE_* */
  waiting(): Promise<readonly PendingApproval[]> {
    const { store, clock } = this.options;
    return store.list(instantOfMs(clock.nowMs() - VALID_MS));
  }

  /** Acts, where need be as the second person. @throws HubError HUB_SECOND_PERSON_NEEDED, and what the act throws */
  async run<T>(
    request: ApprovalRequest,
    { records, principal }: { readonly records: number; readonly principal: Principal },
    act: () => Promise<T>,
  ): Promise<T> {
    const { above, store } = this.options;
    if (above === null || records <= above) return act();
    await assertSecondPerson(request, principal, this.options);
    const result = await act();
    await store.settle(request);
    return result;
  }
}
