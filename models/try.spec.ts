import { test } from '@jest/globals';
import { explore } from './explorer.js';
import { mirrorModel } from './mirror-model.js';
import { SCENARIOS } from './mirror-scenarios.js';
test('x', () => {
  for (const [id, s] of Object.entries(SCENARIOS).filter(
    ([k]) => !process.env.ONLY || process.env.ONLY.split(',').includes(k),
  )) {
    const t = Date.now();
    let r;
    try {
      r = explore(mirrorModel(s));
    } catch (e) {
      console.log(id, String(e), Date.now() - t);
      continue;
    }
    process.stdout.write(
      `${id}: ${r.states} states ${r.steps} steps ${Date.now() - t} ms ${r.counterexample ? r.counterexample.reason + '\n   ' + r.counterexample.trace.join('\n   ') : 'ok'}\n`,
    );
  }
}, 300000);
