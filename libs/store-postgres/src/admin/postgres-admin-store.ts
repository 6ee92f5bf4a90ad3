import type { AdminAct } from '#contracts';
import type { Instant } from '#kernel';
import type { Sql } from '../database.js';
import { instantSql } from '../golden/golden-rows.js';

/** Somebody with a password of the page's own. */
export interface LocalPerson {
  readonly name: string;
  readonly roles: readonly string[];
  readonly createdAt: Instant;
}

const ACTS = `
  SELECT ${instantSql('at')} AS at, actor, act, subject, reason, outcome FROM admin_act
  WHERE $2::text IS NULL OR actor = $2 ORDER BY id DESC LIMIT $1`;
const PEOPLE = `
  SELECT name, roles, ${instantSql('created_at')} AS "createdAt" FROM admin_account ORDER BY name`;

/** Local people and acts of the admin page. */
export class PostgresAdminStore {
  constructor(private readonly database: Sql) {}

  /** Adds an admin if there is nobody at all. @returns whether it was added; of several processes one adds it */
  async addFirstAccount(name: string, passwordHash: string): Promise<boolean> {
    const text = `
      INSERT INTO admin_account (name, password_hash, roles) SELECT $1, $2, '{admin}'
      WHERE NOT EXISTS (SELECT FROM admin_account) ON CONFLICT (name) DO NOTHING RETURNING name`;
    return (await this.database.query(text, [name, passwordHash])).length > 0;
  }

  /** @returns false when there is somebody of that name */
  async addPerson(name: string, passwordHash: string, roles: readonly string[]): Promise<boolean> {
    const text = `
      INSERT INTO admin_account (name, password_hash, roles) VALUES ($1, $2, $3::text[])
      ON CONFLICT (name) DO NOTHING RETURNING name`;
    return (await this.database.query(text, [name, passwordHash, roles])).length > 0;
  }

  /** @returns false when there is nobody of that name */
  async removePerson(name: string): Promise<boolean> {
    return (await this.database.query('DELETE FROM admin_account WHERE name = $1 RETURNING name', [name])).length > 0;
  }

  /** In the order of their names. */
  findPeople(): Promise<LocalPerson[]> {
    return this.database.query<LocalPerson>(PEOPLE);
  }

  async findAccount(
    name: string,
  ): Promise<{ readonly passwordHash: string; readonly roles: readonly string[] } | null> {
    const text = 'SELECT password_hash AS "passwordHash", roles FROM admin_account WHERE name = $1';
    const [row] = await this.database.query<{ passwordHash: string; roles: string[] }>(text, [name]);
    return row ?? null;
  }

  async noteAct({ actor, act, subject, reason, outcome }: Omit<AdminAct, 'at'>): Promise<void> {
    const text = 'INSERT INTO admin_act (actor, act, subject, reason, outcome) VALUES ($1, $2, $3, $4, $5)';
    const texts = [actor, act, subject, reason, outcome];
    // a name that a request made up may have a NUL, which no text here can hold
    await this.database.query(
      text,
      texts.map((one) => one?.replaceAll('\0', '\ufffd') ?? null),
    );
  }

  /** Newest first. @param actor only theirs; null: everybody's */
  findActs(limit: number, actor: string | null): Promise<AdminAct[]> {
    return this.database.query<AdminAct>(ACTS, [limit, actor]);
  }
}
