import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SampleConsumer } from '#contracts';
import { consumersOf, type HubFile } from '#hub-file';
import { HUB_SYSTEM } from '#kernel';
import { parse, stringify } from 'yaml';
import { z } from 'zod';

/** Made by `npm run generate`. */
const FOLDER = join(import.meta.dirname, 'catalogue');
/** What the sample consumers read where nothing else is said. */
const SAMPLE_TOPIC = 'golden.product.v1';

interface Parameter {
  readonly description: string;
  readonly enum?: readonly string[];
}
interface AsyncApi {
  info: { title: string };
  servers: Record<string, { host: string; variables?: object }>;
  channels: Record<string, { address: string; parameters?: Record<string, Parameter> }>;
}

const samples = z.array(z.object({ language: z.string(), file: z.string(), install: z.string(), code: z.string() }));

/** The AsyncAPI document of this hub: its topic names, its systems, its brokers. YAML. */
export function hubAsyncApi(file: HubFile, brokers: readonly string[]): string {
  const document = parse(readFileSync(join(FOLDER, 'asyncapi.yaml'), 'utf8')) as AsyncApi;
  document.info.title = `Plumbline: ${file.hub.name}`;
  const [first] = Object.values(document.servers);
  document.servers = Object.fromEntries(
    brokers.map((host, index) => [`kafka${index + 1}`, { ...withoutVariables(first), host }]),
  );
  for (const channel of Object.values(document.channels)) {
    channel.address = `${file.hub.topicPrefix}${channel.address}`;
    for (const [name, parameter] of Object.entries(channel.parameters ?? {}))
      channel.parameters = { ...channel.parameters, [name]: { ...parameter, enum: valuesOf(file, name, channel) } };
  }
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Clients that read a topic, each in one language. */
export function sampleConsumers(topic: string): readonly SampleConsumer[] {
  const found = samples.parse(parse(readFileSync(join(FOLDER, 'sample-consumers.yaml'), 'utf8')));
  return found.map((sample) => ({ ...sample, code: sample.code.replaceAll(SAMPLE_TOPIC, topic) }));
}

function withoutVariables(server: AsyncApi['servers'][string] | undefined): AsyncApi['servers'][string] {
  const { variables: _variables, ...rest } = server ?? { host: '' };
  return rest;
}

/** Which values of a parameter this hub has. */
function valuesOf(file: HubFile, name: string, { address }: { readonly address: string }): readonly string[] {
  if (name !== 'system') return consumersOf(file);
  const having = file.systems.filter(({ entities }) =>
    Object.keys(entities).some((entity) => address.includes(`.${entity}.`)),
  );
  return [...having.map(({ id }) => id), HUB_SYSTEM];
}
