import { createHash, randomBytes } from 'node:crypto';
import type { AdminSession } from '#contracts';
import type { PostgresAdminStore } from '#store-postgres';
import type { AuthPort, OpenedSession } from './auth-port.js';
import { hashPassword, isPasswordOf } from '#auth';

const FIRST_ADMIN = 'admin';
const SESSION_TTL_MS = 12 * 60 * 60_000;
const PASSWORD_BYTES = 18;

/** Accounts of the page's own, for a hub without an identity provider. Their passwords are random: nobody chooses a weak one. */
export class LocalAdmins implements AuthPort {
  private last: Promise<unknown> = Promise.resolve();
  private readonly nobody = hashPassword(randomBytes(PASSWORD_BYTES).toString('base64url'));

  constructor(private readonly store: PostgresAdminStore) {}

  /** Makes the first admin where there is no account. @returns its name and password, the only time that it is known; else null */
  async ensureFirstAdmin(): Promise<{ readonly name: string; readonly password: string } | null> {
    const password = randomBytes(PASSWORD_BYTES).toString('base64url');
    const isNew = await this.store.addFirstAccount(FIRST_ADMIN, await hashPassword(password));
    return isNew ? { name: FIRST_ADMIN, password } : null;
  }

  async signIn(name: string, password: string): Promise<OpenedSession | null> {
    const hash = (await this.store.findPasswordHash(name)) ?? (await this.nobody);
    if (!(await this.inTurn(() => isPasswordOf(hash, password)))) return null;
    const [token, csrfToken] = [secret(), secret()];
    return { token, session: await this.store.openSession(hashOf(token), name, csrfToken, SESSION_TTL_MS) };
  }

  findSession(token: string): Promise<AdminSession | null> {
    return this.store.findSession(hashOf(token));
  }

  signOut(token: string): Promise<void> {
    return this.store.closeSession(hashOf(token));
  }

  /** One hash at a time: it is dear by intent, and many attempts at once must take neither memory nor every thread. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.last.then(work);
    this.last = run.catch(() => undefined);
    return run;
  }
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

/** The token is random: a fast hash is enough to make what is stored useless for signing in. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
