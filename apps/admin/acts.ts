import type { AdminAct } from '#contracts';
import { toHubError } from '#kernel';
import type { PostgresAdminStore } from '#store-postgres';

/** What somebody is about to do. */
export type Act = Omit<AdminAct, 'at' | 'outcome'>;

/** Injection token of {@link Acts}. */
export const ACTS = Symbol('ACTS');

/** Keeps what people do on the page, with their reasons and how it ended. */
export class Acts {
  constructor(private readonly store: Pick<PostgresAdminStore, 'noteAct' | 'findActs'>) {}

  /** Does it and notes it; what failed is noted with its code, and thrown. */
  async run<T>(act: Act, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      await this.store.noteAct({ ...act, outcome: 'done' });
      return result;
    } catch (error) {
      await this.store.noteAct({ ...act, outcome: toHubError(error).code });
      throw error;
    }
  }

  /** Newest first. @param actor only theirs; null: everybody's */
  latest(limit: number, actor: string | null): Promise<AdminAct[]> {
    return this.store.findActs(limit, actor);
  }
}
