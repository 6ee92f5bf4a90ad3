// What `up` will use, what is missing, and what it will cost: said before anything is done.
import { freemem } from 'node:os';

import { withoutPassword } from './given.mjs';
import { columns } from './progress.mjs';
import { findProcess } from './process.mjs';
import { missingRequirements } from './requirements.mjs';
import { SERVERS } from './servers/index.mjs';
import { registryDatabase } from './servers/registry-database.mjs';
import { installCommand, PACKAGES_COST } from './system-packages.mjs';

const WARM_SECONDS = 3; // each; they start side by side

/** The plan as lines of text. Starts nothing. */
export function describePlan(context) {
  const rows = SERVERS.map((server) => planServer(context, server));
  const missing = missingRequirements(context);
  const costs = [...rows.map(({ cost }) => cost), missing.length > 0 && PACKAGES_COST];
  return [
    `Stack folder: ${context.paths.root}`,
    ...columns(rows.map(({ name, use, doing }) => [name, use, doing])),
    ...describeMissing(missing),
    describeCost(sumOfCosts(costs.filter(Boolean))),
    '',
  ];
}

/** What is planned for one server, and what that still costs. */
function planServer(context, server) {
  const { name, cost } = server;
  const given = context.given[server.variable];
  if (given) return { name, use: 'given', doing: `${withoutPassword(given)} (${server.variable})`, cost: null };
  const title = name === 'registry' ? `${server.title} (schemas in ${describeStore(context)})` : server.title;
  if (findProcess(context.paths, name)) return { name, use: 'native', doing: `${title}, runs already`, cost: null };
  if (!server.isInstalled(context)) return { name, use: 'native', doing: `${title}, to be fetched and started`, cost };
  const warmCost = { ...cost, downloadMiB: 0, firstSeconds: WARM_SECONDS };
  return { name, use: 'native', doing: `${title}, to be started`, cost: warmCost };
}

/** A given server gets a database it did not have: that must be said beforehand. */
function describeStore(context) {
  const { database } = registryDatabase(context);
  return context.given.DATABASE_URL ? `database ${database} on the given server` : 'PostgreSQL';
}

/** Adds up what is still to be spent. Pure. */
export function sumOfCosts(costs) {
  const sum = (key) => costs.reduce((total, cost) => total + cost[key], 0);
  return {
    memoryMiB: sum('memoryMiB'),
    diskMiB: sum('diskMiB'),
    downloadMiB: sum('downloadMiB'),
    seconds: sum('firstSeconds'),
  };
}

function describeCost({ memoryMiB, diskMiB, downloadMiB, seconds }) {
  if (memoryMiB === 0) return 'Expected: nothing to start.';
  const minutes = seconds <= 60 ? 'up to 1 minute' : `about ${Math.ceil(seconds / 60)} minutes`;
  const download = downloadMiB > 0 ? `, ${downloadMiB} MiB to download` : '';
  const memory = `${memoryMiB} MiB of memory (${Math.round(freemem() / 2 ** 20)} available)`;
  return `Expected: ${minutes}${download}, ${memory}, ${diskMiB} MiB of disk.`;
}

function describeMissing(missing) {
  if (missing.length === 0) return [];
  const lines = missing.map(
    ({ name, why, instead }) => `Missing: ${name} (${why})${instead ? `; instead: ${instead}` : ''}`,
  );
  return [...lines, `Install: ${installCommand(missing)}`];
}
