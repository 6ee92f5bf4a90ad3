import { readFileSync } from 'node:fs';
import { registryAuthorizationOf } from '#config';
import { AVRO_SCHEMAS, type SchemaCheck } from '#contracts';
import { suggest } from '#hub-file';
import { HubError } from '#kernel';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { indent } from './text.js';

const HELP = `
Registers nothing. Compares with every version that REGISTRY_URL has, both ways (FULL_TRANSITIVE), and asks the registry too. Ends with 1
when the schema could not follow.

Examples:
  plumbline schemas check io.plumbline.price.v1.PriceChanged price-changed.avsc`;

/** `plumbline schemas check`. */
export function addSchemasCommands(program: Command, context: CliContext): void {
  const schemas = program.command('schemas').description('the contracts of the topics');
  schemas
    .command('check')
    .description('find whether a schema could become the next version of an event type')
    .argument('<type>', 'full name of the event type')
    .argument('<file>', 'the schema, as JSON')
    .addHelpText('after', HELP)
    .action((type: string, file: string) => check(context, type, file));
}

async function check(context: CliContext, type: string, file: string): Promise<void> {
  if (!Object.hasOwn(AVRO_SCHEMAS, type))
    throw new HubError('HUB_REQUEST_INVALID', `Unknown type "${type}". ${suggest(type, Object.keys(AVRO_SCHEMAS))}`);
  const { findSchemaMistake: findMistake, SchemaRegistry } = await import('#messaging-kafka');
  const { checkSchema } = await import('#schema-changes');
  const authorization = registryAuthorizationOf(context.config);
  const registry = new SchemaRegistry({ url: context.server('REGISTRY_URL'), authorization });
  const text = readSchema(file);
  const found = checkSchema(text, { type, versions: await registry.findVersions(type), findMistake });
  const registryTakes = found.mistake === null ? await registry.wouldTake(type, text) : null;
  if (!found.isCompatible || registryTakes === false) context.exit(EXIT.failed);
  const result: SchemaCheck = { ...found, registryTakes };
  context.output.result(result, () => renderCheck(result));
}

/** @throws HubError HUB_REQUEST_INVALID */
function readSchema(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new HubError('HUB_REQUEST_INVALID', `${file} could not be read.`, { file }, { cause: error });
  }
}

/** The verdict, then what each version changed. */
export function renderCheck({ mistake, isCompatible, sameAs, registryTakes, versions }: SchemaCheck): string {
  if (mistake !== null) return `It can’t be read: ${mistake}`;
  const registry = registryTakes === null ? '' : ` The registry would ${registryTakes ? 'take' : 'refuse'} it.`;
  const verdict = isCompatible ? 'Every version can live with it.' : 'It breaks readers.';
  const lines = versions.flatMap(({ version, changes }) => [
    `Against version ${version}: ${changes.length === 0 ? 'the same' : ''}`.trimEnd(),
    ...changes.map(({ path, change, breaks, advice }) => {
      const why = breaks.length > 0 ? `BREAKS ${breaks.join(' and ')}: ` : '';
      return indent(`${why}${path}: ${change}${advice === '' ? '' : ` → ${advice}`}`);
    }),
  ]);
  return [`${sameAs === null ? verdict : `It is version ${sameAs} already.`}${registry}`, ...lines].join('\n');
}
