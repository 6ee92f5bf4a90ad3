import { createHash } from 'node:crypto';
import type { AuditTrail } from '#audit';
import {
  createApiKey,
  findBeyond,
  identityOf,
  isAct,
  permissionsOf,
  type ApiKeyStore,
  type ApiKeyWish,
  type FourEyes,
  type RoleTable,
  type StoredApiKey,
} from '#auth';
import type { ApiKeyReport, NewApiKey } from '#contracts';
import { HubError, instantOfMs, type Clock } from '#kernel';
import { assertKnownRoles } from './hub-roles.js';
import { keptAct, type Changer } from './kept-act.js';
import { expiryOf } from './key-expiry.js';

/** What somebody wants a new key to be. */
export interface WantedKey extends Pick<ApiKeyReport, 'name' | 'owner' | 'roles'> {
  /** `90d`, or a time with its offset. */
  readonly expires: string;
}

/** What keys are made with. */
export interface ApiKeyDeskOptions {
  readonly store: ApiKeyStore;
  readonly trail: Pick<AuditTrail, 'record'>;
  readonly roles: RoleTable;
  readonly clock: Clock;
  /** Of the page; the CLI has none: who has the database needs nobody's consent. */
  readonly fourEyes?: Pick<FourEyes, 'run'>;
}

/** What stands in a terminal and in a file of comma-separated values later. */
const TEXT = /^[^\p{Cc}]{1,100}$/u;

/** Makes, lists and revokes the API keys of a hub; the one way to do it. What changes them is kept in the audit. */
export class ApiKeyDesk {
  constructor(private readonly options: ApiKeyDeskOptions) {}

  /** Names of the roles that a key can have. */
  get roles(): readonly string[] {
    return Object.keys(this.options.roles);
  }

  /** Oldest first. @throws HubError HUB_DATABASE_* */
  async list(): Promise<readonly ApiKeyReport[]> {
    return (await this.options.store.list()).map(toReport);
  }

  /**
   * Makes a key. The answer is the only place where it ever stands. A key that acts, in the name of another owner than who makes
   * it, needs a second person: else one admin could be two.
   * @throws HubError HUB_REQUEST_INVALID, HUB_FORBIDDEN for rights that who makes it has not, HUB_SECOND_PERSON_NEEDED
   */
  async create(wanted: WantedKey, by: Changer): Promise<NewApiKey> {
    const wish = this.check(wanted, by);
    const what = `create-key ${wish.name} for ${wish.owner}`;
    const { fourEyes, store, clock, trail } = this.options;
    const make = (): Promise<{ readonly key: string; readonly stored: StoredApiKey }> =>
      keptAct(trail, { what, by, did: ({ stored }) => ` ${stored.prefix}` }, () =>
        createApiKey(wish, { store, clock }),
      );
    const request = { act: 'access:change', subject: what, digest: digestOf(wanted) };
    const needed = { records: this.needsTwo(wish, by) ? Number.POSITIVE_INFINITY : 0, principal: by.principal };
    const { key, stored } = await (fourEyes ? fourEyes.run(request, needed, make) : make());
    return { key, ...toReport(stored) };
  }

  /** Ends a key: the next request with it is refused. @throws HubError HUB_NOT_FOUND for none, and for one that was revoked before */
  async revoke(prefix: string, by: Changer): Promise<void> {
    const { store, trail, clock } = this.options;
    await keptAct(trail, { what: `revoke-key ${prefix}`, by }, async () => {
      if (await store.revoke(prefix, instantOfMs(clock.nowMs()))) return;
      throw new HubError('HUB_NOT_FOUND', `There is no key ${prefix} that is not revoked.`, { prefix });
    });
  }

  private check({ name, owner, roles, expires }: WantedKey, { principal }: Changer): ApiKeyWish {
    if (!TEXT.test(name) || !TEXT.test(owner))
      throw new HubError('HUB_REQUEST_INVALID', 'Name and owner of a key are texts of 1 to 100 characters.');
    assertKnownRoles(this.options.roles, roles);
    const expiresAt = expiryOf(expires, this.options.clock.nowMs());
    const lacking = findBeyond(this.options.roles, { own: principal.roles, wanted: roles });
    if (lacking === null) return { name, owner, roles: [...new Set(roles)], expiresAt };
    const message = `A key has no more rights than who makes it: you lack ${lacking}, or have it on less.`;
    throw new HubError('HUB_FORBIDDEN', message, { permission: lacking });
  }

  private needsTwo({ owner, roles }: ApiKeyWish, { principal }: Changer): boolean {
    return owner !== identityOf(principal) && permissionsOf(this.options.roles, roles).some(isAct);
  }
}

/** The same wish has the same digest, whoever says it. */
function digestOf({ name, owner, roles, expires }: WantedKey): string {
  const wish = JSON.stringify([name, owner, [...new Set(roles)].sort(), expires]);
  return createHash('sha256').update(wish).digest('hex').slice(0, 32);
}

function toReport({
  prefix,
  name,
  owner,
  roles,
  createdAt,
  expiresAt,
  lastUsedAt,
  revokedAt,
}: StoredApiKey): ApiKeyReport {
  return { prefix, name, owner, roles, createdAt, expiresAt, lastUsedAt, revokedAt };
}
