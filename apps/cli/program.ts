import { toHubError } from '#kernel';
import { Command, CommanderError } from 'commander';
import { addAccessCommands } from './access.command.js';
import { addApplyCommand } from './apply.command.js';
import { addAuditCommands } from './audit.command.js';
import { addCheckCommand } from './check.command.js';
import { CliContext, type CliWorld } from './context.js';
import { addDeadLettersCommand } from './dead-letters.command.js';
import { addDecideCommands } from './decide.command.js';
import { addDoctorCommand } from './doctor.command.js';
import { EXIT, EXIT_CODES_HELP, exitCodeOf, type ExitCode } from './exit-codes.js';
import { addExplainCommands } from './explain.command.js';
import { addOffsetsCommand } from './offsets.command.js';
import { Output, type TextStream } from './output.js';
import { addOutboxCommands } from './outbox.command.js';
import { addPlanCommand } from './plan.command.js';
import { addReconcileCommands } from './reconcile.command.js';
import { addReportCommand } from './report.command.js';
import { addReplayCommand } from './replay.command.js';
import { addResendCommand } from './resend.command.js';
import { addRestoredCommand } from './restored.command.js';
import { addRevertCommands } from './revert.command.js';
import { addSchemasCommands } from './schemas.command.js';
import { addSearchCommand } from './search.command.js';
import { addSecretsCommands } from './secrets.command.js';
import { addSeedCommand } from './seed.command.js';
import { addStatusCommand } from './status.command.js';
import { addTimelineCommand } from './timeline.command.js';
import { addTopicsCommand } from './topics.command.js';
import { addUpCommand } from './up.command.js';

const COMMANDS = [
  addCheckCommand,
  addPlanCommand,
  addApplyCommand,
  addUpCommand,
  addStatusCommand,
  addReconcileCommands,
  addReportCommand,
  addDecideCommands,
  addRestoredCommand,
  addResendCommand,
  addOutboxCommands,
  addExplainCommands,
  addSearchCommand,
  addTimelineCommand,
  addRevertCommands,
  addSeedCommand,
  addReplayCommand,
  addDeadLettersCommand,
  addOffsetsCommand,
  addTopicsCommand,
  addSchemasCommands,
  addDoctorCommand,
  addAuditCommands,
  addAccessCommands,
  addSecretsCommands,
];

/** The world of one run of the CLI. */
export interface CliRun extends CliWorld {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
}

/** Runs one command line. Never throws and never ends the process: answers the exit code. */
export async function runCli(args: readonly string[], run: CliRun): Promise<ExitCode> {
  const program = createProgram(run);
  // Known before parsing ends: a usage error must already obey --json.
  const output = new Output(run.stdout, run.stderr, () => args.includes('--json'));
  const context = new CliContext(output, run, () => program.opts());
  for (const add of COMMANDS) add(program, context);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const hubError = toHubError(error);
    output.error(hubError);
    return exitCodeOf(hubError);
  }
}

function createProgram(run: CliRun): Command {
  return new Command('plumbline')
    .description('Keeps ERP, CRM, PIM, WMS and shops in agreement through Kafka.')
    .option('--file <path>', 'the hub file (default: PLUMBLINE_HUB_FILE, else plumbline.yaml)')
    .option('--json', 'print one JSON object on standard output')
    .addHelpText('after', `\nStart with: plumbline check, plumbline plan, plumbline status\n\n${EXIT_CODES_HELP}`)
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void run.stdout.write(text),
      writeErr: (text) => void run.stderr.write(text),
    });
}
