import { describe, expect, test } from '@jest/globals';
import { explore } from './explorer.js';
import { mirrorModel } from './mirror-model.js';
import { MUTANTS } from './mirror-mutants.js';
import { SCENARIOS } from './mirror-scenarios.js';

/** Written past jest's console, which would add a stack to every line. */
function say(line: string): void {
  process.stdout.write(`      ${line}\n`);
}

describe('the protocol of the mirror, in every interleaving', () => {
  test.each(Object.values(SCENARIOS))('breaks no rule and converges: $name', (scenario) => {
    const { counterexample, states, steps } = explore(mirrorModel(scenario));
    say(`${states} states, ${steps} steps: ${scenario.name}`);
    expect(counterexample).toBeNull();
    expect(states).toBeGreaterThan(1_000);
  });

  test.each(MUTANTS)('is caught without $without', ({ rules, scenario, without, breaks }) => {
    const { counterexample, states } = explore(mirrorModel(SCENARIOS[scenario], rules));
    const trace = counterexample?.trace ?? [];
    say([`without ${without} (${states} states): ${counterexample?.reason}`, ...trace].join('\n        '));
    expect(counterexample?.reason).toMatch(breaks);
  });
});
