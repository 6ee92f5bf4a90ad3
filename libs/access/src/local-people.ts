import { randomBytes } from 'node:crypto';
import { hashPassword, LOCAL_SUBJECT } from '#auth';
import { schemaName, type HubFile } from '#hub-file';
import { HubError } from '#kernel';
import {
  AddAdminPeople,
  CreateAdminTables,
  Database,
  PostgresAdminSessions,
  PostgresAdminStore,
  type LocalPerson,
} from '#store-postgres';

const PASSWORD_BYTES = 18;
const NAME = /^[\p{L}\p{N}._@-]{1,100}$/u;

/** People with passwords of the admin page's own. */
export class LocalPeople {
  constructor(
    private readonly store: Pick<PostgresAdminStore, 'addPerson' | 'removePerson' | 'findPeople'>,
    private readonly sessions: Pick<PostgresAdminSessions, 'closeAllOf'>,
  ) {}

  /** @returns the password, the only time that it is known. @throws HubError HUB_REQUEST_INVALID */
  async add(name: string, roles: readonly string[]): Promise<string> {
    if (!NAME.test(name))
      throw new HubError('HUB_REQUEST_INVALID', 'A name is 1 to 100 letters, digits and . _ @ - without spaces.');
    const password = randomBytes(PASSWORD_BYTES).toString('base64url');
    if (await this.store.addPerson(name, await hashPassword(password), roles)) return password;
    throw new HubError('HUB_REQUEST_INVALID', `There is somebody named ${name} already.`, { name });
  }

  /** Ends their sessions, too. @throws HubError HUB_NOT_FOUND */
  async remove(name: string): Promise<void> {
    const isRemoved = await this.store.removePerson(name);
    await this.sessions.closeAllOf(`${LOCAL_SUBJECT}${name}`);
    if (!isRemoved) throw new HubError('HUB_NOT_FOUND', `There is nobody named ${name}.`, { name });
  }

  /** In the order of their names. */
  list(): Promise<readonly LocalPerson[]> {
    return this.store.findPeople();
  }
}

/** The local people of a hub, to be changed: makes their tables where there are none. For the CLI. @throws HubError HUB_DATABASE_UNREACHABLE */
export async function withLocalPeople<T>(
  { file, url }: { readonly file: HubFile; readonly url: string },
  work: (people: LocalPeople) => Promise<T>,
): Promise<T> {
  const options = { url, schema: schemaName(file, 'admin'), applicationName: 'plumbline access', poolSize: 2 };
  const database = await Database.connect(options, [CreateAdminTables, AddAdminPeople]);
  try {
    await database.migrate();
    return await work(new LocalPeople(new PostgresAdminStore(database), new PostgresAdminSessions(database)));
  } finally {
    await database.close();
  }
}
