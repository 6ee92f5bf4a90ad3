import { randomBytes } from 'node:crypto';
import { hashOfNobody, hashPassword, isPasswordOf, LOCAL_SUBJECT } from '#auth';
import { Turns } from '#kernel';
import type { PostgresAdminStore, SessionOwner } from '#store-postgres';

const FIRST_ADMIN = 'admin';
const PASSWORD_BYTES = 18;

/** People with passwords of the page's own, for a hub without an identity provider. The passwords are random: nobody chooses a weak one. */
export class LocalAdmins {
  /** One hash at a time: it is dear by intent, and many attempts at once must take neither memory nor every thread. */
  private readonly turns = new Turns();
  private readonly nobody = hashOfNobody();

  constructor(private readonly store: Pick<PostgresAdminStore, 'addFirstAccount' | 'findAccount' | 'findPeople'>) {}

  /** Makes the first admin where there is nobody. @returns its name and password, the only time that it is known; else null */
  async ensureFirstAdmin(): Promise<{ readonly name: string; readonly password: string } | null> {
    if ((await this.store.findPeople()).length > 0) return null; // a hash takes 128 MiB
    const password = randomBytes(PASSWORD_BYTES).toString('base64url');
    const isNew = await this.store.addFirstAccount(FIRST_ADMIN, await hashPassword(password));
    return isNew ? { name: FIRST_ADMIN, password } : null;
  }

  /** Null when name and password do not belong together. Takes the same time whether or not the name is known. */
  async prove(name: string, password: string): Promise<SessionOwner | null> {
    const account = await this.store.findAccount(name);
    const hash = account?.passwordHash ?? this.nobody;
    const isRight = await this.turns.take(() => isPasswordOf(hash, password));
    return account && isRight
      ? { subject: `${LOCAL_SUBJECT}${name}`, name, roles: account.roles, isOfProvider: false }
      : null;
  }
}
