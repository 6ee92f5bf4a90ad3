// The report as one page without scripts or links to elsewhere. Pure.
const STYLE = `
  body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1a1d21; background: #fff; }
  h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
  table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .25rem .6rem; border-bottom: 1px solid #d8dce1; }
  th { font-weight: 600; color: #4a525c; } td.ms { text-align: right; font-variant-numeric: tabular-nums; } td:first-child { white-space: nowrap; }
  .passed { color: #17692f; } .failed { color: #b3171f; font-weight: 600; } .na, .why { color: #636c77; }
  pre { white-space: pre-wrap; font-size: 12px; background: #f5f6f8; padding: .5rem; margin: .3rem 0 0; }
  @media (prefers-color-scheme: dark) { body { background: #15181c; color: #e2e5e9; } th { color: #a6aeb8; } th, td { border-color: #343a42; }
    .passed { color: #6fcf8b; } .failed { color: #ff8087; } .na, .why { color: #98a1ac; } pre { background: #1f242a; } }`;

/** The page of a run: counts, planted bugs, then a table per system. */
export function toPage({ counts, rows, startedAt, seconds }) {
  const { planted, caught, cases, failed, skipped } = counts;
  const isGood = failed === 0 && caught === planted;
  const rules = rows.filter(({ kind }) => kind === 'rule');
  const systems = [...new Set(rules.map(({ system }) => system))];
  const bugs = rows.filter(({ kind }) => kind === 'planted bug');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Connector conformance</title><style>${STYLE}</style></head><body>
<h1>Connector conformance: <span class="${isGood ? 'passed' : 'failed'}">${isGood ? 'all rules hold' : 'rules are broken'}</span></h1>
<p>${cases} cases on real systems, ${failed} failed, ${skipped} not applicable; ${caught} of ${planted} planted bugs caught. ${escape(startedAt)}, ${Math.round(seconds)} s.</p>
${bugs.length === 0 ? '' : `<h2>Planted bugs: each must be caught</h2>${table(bugs)}`}
${systems.map((system) => `<h2>${escape(system || 'could not run')}</h2>${table(rules.filter((row) => row.system === system))}`).join('\n')}
</body></html>
`;
}

function table(rows) {
  return `<table><thead><tr><th>Result</th><th>Group</th><th>Case</th><th>ms</th></tr></thead><tbody>
${rows.map(line).join('\n')}
</tbody></table>`;
}

function line({ kind, status, group, system, case: name, ms, message }) {
  const result = kind === 'planted bug' ? (status === 'passed' ? 'caught' : 'NOT caught') : status;
  const why =
    status === 'failed'
      ? `<pre>${escape(message)}</pre>`
      : message === ''
        ? ''
        : ` <span class="why">${escape(message)}</span>`;
  const look = status === 'not applicable' ? 'na' : status;
  return `<tr><td class="${look}">${result}</td><td>${escape(kind === 'rule' ? group : system)}</td><td>${escape(name)}${why}</td><td class="ms">${ms ?? ''}</td></tr>`;
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
