#!/usr/bin/env node
// `npm run stack -- <command>`: starts and stops the native stack. Runs before anything is installed: Node only.

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node 20.19 or newer is needed; this is ${process.versions.node}.`);
  process.exit(1);
}

// Loaded only now, so that an old Node gets the sentence above instead of a syntax or import error.
const { main } = await import('./cli.mjs');
process.exitCode = await main(process.argv.slice(2));
