import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { grouped } from './text.js';

/** `plumbline resend`: goes on with a webhook that was switched off or whose events were given up. */
export function addResendCommand(program: Command, context: CliContext): void {
  program
    .command('resend')
    .description('switch a webhook on again, and try at once what could not be delivered')
    .argument('<webhook>', 'webhook of the hub file')
    .addHelpText(
      'after',
      '\nAn event that is tried again may be older than one delivered meanwhile: its version says so.' +
        '\n\nExample:\n  plumbline resend crm-hook',
    )
    .action(async (webhook: string) => {
      const { events } = await context.services.resend(webhook);
      context.output.result({ webhook, events }, `${webhook} is on; ${grouped(events)} events are tried again now.`);
    });
}
