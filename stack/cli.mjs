// The command line: reads arguments, runs one command, turns errors into exit codes.
import { parseArgs } from 'node:util';

import { openContext } from './context.mjs';
import { StackError, UsageError } from './errors.mjs';

export const HELP = `The native stack: Kafka, schema registry, PostgreSQL and Valkey on loopback.

  npm run stack -- up [--yes] [--json]      start what is not given by the environment; installs what is missing
                                            --systems NAME,… (or all) also starts these real test systems
  npm run stack -- down                     stop all servers
  npm run stack -- status [--json]          what runs where
  npm run stack -- logs [server] [-f] [-n LINES]
  npm run stack -- reset [--yes]            down, then delete the data; downloads are kept
  npm run stack -- doctor                   check this machine; prints the command that installs what is missing

Use \`npm run -s stack -- … --json\` to get nothing but one JSON object on stdout.

Environment
  KAFKA_BROKERS, REGISTRY_URL, DATABASE_URL, REDIS_URL   a given address is used; nothing is started for it
  PLUMBLINE_STACK_DIR   data, logs, pid files (default: .plumbline/stack in the project)
  PLUMBLINE_CACHE_DIR   downloads (default: cache in the stack folder)
  PLUMBLINE_KAFKA_PROXY LISTENS:COMES: one more listener of Kafka, whose clients come through a proxy at the second port
  CI=true               installs missing system packages without asking (root on Debian or Ubuntu)

Exit codes
  0  done; with status: everything runs or is given
  1  a server failed, or something is missing
  2  wrong usage, or a question was answered with no
  3  status: something is stopped
  130  interrupted
`;

const COMMANDS = {
  up: async (context, options) => (await import('./up.mjs')).up(context, options),
  down: async (context) => (await import('./down.mjs')).down(context),
  reset: async (context, options) => (await import('./down.mjs')).reset(context, options),
  status: async (context, options) => (await import('./status.mjs')).status(context, options),
  logs: async (context, options) => (await import('./logs.mjs')).logs(context, options),
  doctor: async (context) => (await import('./doctor.mjs')).doctor(context),
};

/** Runs one command and returns its exit code. */
export async function main(argv) {
  // Servers are detached and outlive this process; only the lock must go, which its exit handler does.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  try {
    const { command, options } = readArguments(argv);
    if (command === 'help') return print(HELP);
    return await COMMANDS[command](openContext(process.env, { json: options.json }), options);
  } catch (error) {
    return report(error);
  }
}

/** Splits the arguments into a command and its options. */
export function readArguments(argv) {
  let parsed;
  try {
    parsed = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        yes: { type: 'boolean', short: 'y', default: false },
        systems: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
        follow: { type: 'boolean', short: 'f', default: false },
        lines: { type: 'string', short: 'n', default: '40' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error.message);
  }
  const [command = 'help', server, ...rest] = parsed.positionals;
  if (parsed.values.help || command === 'help') return { command: 'help', options: parsed.values };
  if (!Object.hasOwn(COMMANDS, command)) throw new UsageError(`There is no command "${command}".`);
  if (rest.length > 0 || (server && command !== 'logs')) throw new UsageError('Too many arguments.');
  return { command, options: { ...parsed.values, server } };
}

function print(text) {
  process.stdout.write(text);
  return 0;
}

function report(error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\nTry: npm run stack -- --help`);
    return 2;
  }
  if (error instanceof StackError) {
    console.error(error.explain());
    return 1;
  }
  throw error;
}
