// Starts programs for the tools: quietly with their output kept, or with the terminal handed over.
import { spawn } from 'node:child_process';

/** Runs a program and keeps what it prints. Never throws: a program that cannot be started has exit code 127. */
export function runQuietly(command, args, options = {}) {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const chunks = [];
    const finish = (code) =>
      resolve({
        code,
        output: Buffer.concat(chunks).toString('utf8'),
        seconds: (performance.now() - startedAt) / 1000,
      });
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => {
      chunks.push(Buffer.from(`${command}: ${error.message}\n`));
      finish(127);
    });
    child.on('close', (code, signal) => finish(code ?? exitCodeOf(signal)));
  });
}

/**
 * Runs a program in our place: it has the terminal, gets our signals, and its exit code is the result.
 * A terminal sends Ctrl-C to the whole process group, so it is passed on only where there is none.
 */
export function runInOurPlace(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    const pass = (signal) => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, pass);
    const stopPassing = () => signals.forEach((signal) => process.off(signal, pass));
    child.on('error', (error) => {
      stopPassing();
      reject(error);
    });
    child.on('close', (code, signal) => {
      stopPassing();
      resolve(code ?? exitCodeOf(signal));
    });
  });
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** The exit code that a shell gives to a program ended by a signal. */
function exitCodeOf(signal) {
  return 128 + (SIGNAL_NUMBERS[signal] ?? 0);
}
