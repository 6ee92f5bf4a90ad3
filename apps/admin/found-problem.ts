import type { Problem } from '#contracts';

/** A problem of which nobody said since when. */
export type FoundProblem = Omit<Problem, 'since'> & { readonly since: Problem['since'] | null };
