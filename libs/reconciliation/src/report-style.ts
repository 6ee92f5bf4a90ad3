/** Of the report's page: light, dark and on paper. Contrasts are at least 4.5 : 1 for text, 3 : 1 for bars. */
export const PAGE_STYLE = `
  :root { --ink: #1a1d21; --paper: #fff; --soft: #59626d; --line: #d8dce1; --good: #17692f; --bad: #b3171f;
    --changed: #1f6fb5; --missing: #b3171f; --foreign: #8a5a00; --undecided: #6f7883; }
  @media (prefers-color-scheme: dark) { :root { --ink: #e2e5e9; --paper: #15181c; --soft: #a6aeb8; --line: #343a42;
    --good: #6fcf8b; --bad: #ff8087; --changed: #62aef0; --missing: #ff8087; --foreign: #e0b050; --undecided: #98a1ac; } }
  @media print { :root { --ink: #000; --paper: #fff; --soft: #444; --line: #bbb; --good: #17692f; --bad: #b3171f;
    --changed: #1f6fb5; --missing: #b3171f; --foreign: #8a5a00; --undecided: #6f7883; }
    body { margin: 0; font-size: 11px; } section { break-inside: auto; } h2 { break-after: avoid; } tr, svg { break-inside: avoid; }
    * { print-color-adjust: exact; } }
  body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: var(--ink); background: var(--paper); }
  h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
  section { overflow-x: auto; }
  table { border-collapse: collapse; width: 100%; margin-top: .5rem; }
  th, td { text-align: left; vertical-align: top; padding: .25rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: break-word; max-width: 30rem; }
  th { font-weight: 600; color: var(--soft); } .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
  svg { width: 100%; min-width: 40rem; max-width: 60rem; height: auto; display: block; } svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
  .summary { font-size: 1.05rem; } .is-good { color: var(--good); } .is-bad { color: var(--bad); }
  .good { fill: var(--good); } .base { fill: var(--undecided); } .changed { fill: var(--changed); } .missing { fill: var(--missing); }
  .foreign { fill: var(--foreign); } .undecided { fill: var(--undecided); }`;
