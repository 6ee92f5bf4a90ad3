// Lines for people: on stdout, or on stderr when stdout carries JSON.

const REMINDER_MS = 15_000;

/** A printer of lines, and of steps that take a while. */
export function createProgress({ json }) {
  const stream = json ? process.stderr : process.stdout;
  const line = (text = '') => stream.write(`${text}\n`);
  return { line, step: (server, doing, work) => step(line, server, doing, work) };
}

/** Says that a step begins, reminds every 15 s that it still runs, and says how long it took. */
async function step(line, server, doing, work) {
  const startedAt = performance.now();
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1);
  line(`${server.padEnd(9)} ${doing.begin}…`);
  const reminder = setInterval(() => line(`${server.padEnd(9)} ${doing.begin}… ${seconds()} s`), REMINDER_MS);
  try {
    const result = await work();
    line(`${server.padEnd(9)} ${doing.end} in ${seconds()} s`);
    return result;
  } finally {
    clearInterval(reminder);
  }
}

/** Rows as aligned columns. Pure. */
export function columns(rows) {
  const widths = rows[0].map((_, index) => Math.max(...rows.map((row) => row[index].length)));
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index]))
      .join('  ')
      .trimEnd(),
  );
}
