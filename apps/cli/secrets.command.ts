import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { findVariable, sealingKeysFrom } from '#config';
import { parseHubFile } from '#hub-file';
import { HubError } from '#kernel';
import { rewrapSecret, sealSecret } from '#secrets';
import type { Command } from 'commander';
import type { CliContext } from './context.js';

interface SealFlags {
  readonly field: string;
  readonly variable: string;
}

const SEALED = /\$\{sealed:([^}]*)\}/g;
const HELP = `
A field is named by its place in the hub file. Keys: SECRET_KEYS, the newest first.

Examples:
  plumbline secrets seal --field systems.erp.config.url --variable ERP_URL
  plumbline secrets rotate`;

/** `plumbline secrets seal` and `plumbline secrets rotate`. */
export function addSecretsCommands(program: Command, context: CliContext): void {
  const secrets = program
    .command('secrets')
    .description('secrets that stand sealed in the hub file')
    .addHelpText('after', HELP);
  secrets
    .command('seal')
    .description(
      'seal the value of an environment variable for one field of the hub file, and print what to write there',
    )
    .requiredOption('--field <path>', 'where it will stand, such as systems.erp.config.url')
    .requiredOption('--variable <name>', 'the environment variable that holds the secret')
    .action((flags: SealFlags) => seal(context, flags));
  secrets
    .command('rotate')
    .description('put all sealed secrets of the hub file under the newest key; what they open stays the same')
    .action(() => rotate(context));
}

/** From a variable, never from the command line: that is in histories and lists of processes. */
function seal(context: CliContext, { field, variable }: SealFlags): void {
  const secret = findVariable(variable, context.environment);
  if (!secret) throw new HubError('HUB_REQUEST_INVALID', `${variable} is not set: put the secret there.`, { variable });
  const { sealing } = sealingKeysFrom(context.environment);
  if (!sealing) throw new HubError('HUB_CONFIG_INVALID', 'SECRET_KEYS is not set; nothing can be sealed.');
  const reference = `\${sealed:${sealSecret(secret, field, sealing)}}`;
  context.output.result({ field, reference, keyId: sealing.id }, reference);
}

function rotate(context: CliContext): void {
  const keys = sealingKeysFrom(context.environment);
  const path = context.hubFilePath;
  const text = readFileSync(path, 'utf8');
  const places = placesOf(text);
  const closed: string[] = [];
  let rotated = 0;
  const next = text.replace(SEALED, (whole, envelope: string) => {
    const place = places.get(envelope);
    const anew = place === undefined ? null : rewrapSecret(envelope, place, keys);
    if (anew === null) closed.push(place ?? 'a place where no secret is read');
    else if (anew !== envelope) rotated += 1;
    return anew === null ? whole : `\${sealed:${anew}}`;
  });
  if (closed.length > 0) throw cannotOpen(closed);
  // Whole or not at all: a half written hub file stops the hub.
  writeFileSync(`${path}.rotated`, next, { mode: statSync(path).mode });
  renameSync(`${path}.rotated`, path);
  const keyId = keys.sealing?.id ?? null;
  context.output.result({ rotated, keyId }, `${rotated} sealed secrets were put under ${keyId ?? 'no key'}.`);
}

/** Where the hub file's sealed secrets stand: the reader of the file says it of each that it meets. */
function placesOf(text: string): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  const sealed = (envelope: string, place: string): null => {
    places.set(envelope, place);
    return null;
  };
  parseHubFile(text, { env: {}, unsetVariables: 'keep', secrets: { sealed, file: () => null } });
  return places;
}

function cannotOpen(fields: readonly string[]): HubError {
  const message = `With SECRET_KEYS these can't be opened, so nothing was written: ${fields.join(', ')}.`;
  return new HubError('HUB_REQUEST_INVALID', message, { fields });
}
