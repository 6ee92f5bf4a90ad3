import { Column, Entity, PrimaryColumn, type MigrationInterface, type QueryRunner } from 'typeorm';

/** An order of this service. */
@Entity('order')
export class OrderEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  sku!: string;

  @Column('int')
  quantity!: number;

  @Column('timestamptz', { name: 'placed_at' })
  placedAt!: Date;
}

/** What this service needs to know of a product: a partial copy, kept by the inbox. */
@Entity('product_copy')
export class ProductCopyEntity {
  @PrimaryColumn('text')
  sku!: string;

  @Column('jsonb', { nullable: true })
  name!: Readonly<Record<string, string>> | null;

  @Column('boolean', { nullable: true })
  active!: boolean | null;

  /** Sequence of the golden event that it was taken from; it never goes down. bigint comes as text. */
  @Column('bigint')
  sequence!: string;
}

/** The service's own tables; outbox and applied offsets come with `CreateOutboxTables`. Roll back: `down` drops them. */
export class CreateOwnTables implements MigrationInterface {
  readonly name = 'CreateOwnTables1800000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "order" (
        id uuid PRIMARY KEY,
        sku text NOT NULL,
        quantity integer NOT NULL CHECK (quantity > 0),
        placed_at timestamptz NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE product_copy (sku text PRIMARY KEY, name jsonb, active boolean, sequence bigint NOT NULL)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE product_copy, "order"');
  }
}
