import type { SeedCertificate } from '#replay';
import type { Sql } from '../database.js';

/** Certificates of seeds in the hub's database. What they say is protected by their signature, not by the database. */
export class PostgresCertificateStore {
  constructor(private readonly sql: Sql) {}

  /** A second one of the same id changes nothing. @throws HubError HUB_DATABASE_* */
  async add(certificate: SeedCertificate): Promise<void> {
    const { id, topic, target, at } = certificate;
    const text = `
      INSERT INTO seed_certificate (id, topic, target, at, document) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`;
    await this.sql.query(text, [id, topic, target, at, JSON.stringify(certificate)]);
  }

  async find(id: string): Promise<SeedCertificate | null> {
    const text = 'SELECT document FROM seed_certificate WHERE id = $1';
    const [row] = await this.sql.query<{ readonly document: SeedCertificate }>(text, [id]);
    return row?.document ?? null;
  }

  /** The newest first. */
  async list(limit: number): Promise<readonly SeedCertificate[]> {
    const text = 'SELECT document FROM seed_certificate ORDER BY at DESC, id LIMIT $1';
    const rows = await this.sql.query<{ readonly document: SeedCertificate }>(text, [limit]);
    return rows.map(({ document }) => document);
  }
}
