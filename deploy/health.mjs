// Health check of a container: exit code 0 when the URL answers well. The image has no curl.
const LIMIT_MS = 4_000;

try {
  const { ok } = await fetch(process.argv[2], { signal: AbortSignal.timeout(LIMIT_MS) });
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  console.error(error.cause?.message ?? error.message);
  process.exitCode = 1;
}
