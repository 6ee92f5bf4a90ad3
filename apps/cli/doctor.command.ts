import { HubError } from '#kernel';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { findServerProbes, type Finding, type Probe } from './probes.js';
import { table } from './text.js';

/** `plumbline doctor`: can everything be reached, and is the clock right? */
export function addDoctorCommand(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('check Node, hub file, Kafka, registry, PostgreSQL, Valkey or Redis, the services and the clock')
    .addHelpText('after', '\nExamples:\n  plumbline doctor\n  plumbline doctor --json')
    .action(() => doctor(context));
}

async function doctor(context: CliContext): Promise<void> {
  const findings = await Promise.all(findServerProbes(context).map(runProbe));
  for (const { state } of findings) if (state !== 'ok') context.exit(state === 'down' ? EXIT.unreachable : EXIT.failed);
  context.output.result({ findings }, () => {
    const rows = findings.map(({ name, state, message }) => [name, state, message]);
    const advice = findings.flatMap(({ name, hint }) => (hint ? [`${name}: ${hint}`] : []));
    return [table(['what', 'state', 'found'], rows), ...advice].join('\n');
  });
}

async function runProbe(probe: Probe): Promise<Finding> {
  try {
    return { name: probe.name, state: 'ok', message: await probe.run(), hint: null };
  } catch (error) {
    if (!(error instanceof HubError) || error.disposition === 'crash') throw error;
    const state = error.disposition === 'retry' ? 'down' : 'wrong';
    return { name: probe.name, state, message: error.message, hint: error.hint };
  }
}
