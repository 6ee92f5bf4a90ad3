import type { Sql } from '#store-postgres';
import type { EntityManager } from 'typeorm';

/** Lets the outbox write in the transaction of a TypeORM entity manager. */
export function sqlOf(manager: EntityManager): Sql {
  return {
    query: async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
      const runner = manager.queryRunner;
      if (!runner)
        throw new Error('sqlOf() needs the manager of a transaction: dataSource.transaction((manager) => …)');
      const { records } = await runner.query(text, [...values], true);
      return records as Row[];
    },
  };
}
