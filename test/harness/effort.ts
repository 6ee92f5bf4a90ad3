/**
 * How many runs of a long property are played: `npm test` plays a quarter (`TEST_EFFORT=quick`), `npm run test:full` and a
 * spec run by itself all of them.
 */
export function effort(runs: number): number {
  return process.env['TEST_EFFORT'] === 'quick' ? runs / 4 : runs;
}
