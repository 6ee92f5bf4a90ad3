// docs/asyncapi.yaml: all topics of a hub as an AsyncAPI 3 document.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

import { exampleOf } from './avro-example.mjs';

const AVRO = 'application/vnd.apache.avro;version=1.9.0';
const KEY = {
  type: 'string',
  description: 'UTF-8 text. A key stays on one partition, in order; partitions never change.',
};
const PARAMETERS = {
  system: { description: 'Id of the system in the hub file; `hub` for what stewards contribute.', examples: ['erp'] },
  consumer: { description: '`golden`, or `connector-` and the id of a system.', examples: ['connector-shop'] },
};

/** The file by path. Pure but for the version of package.json. */
export function generateAsyncApi(root, model) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const text = stringify(asyncApi(version, model), { lineWidth: 0, aliasDuplicateObjects: false });
  return { 'docs/asyncapi.yaml': `# Generated from schemas/ by \`npm run generate\`.\n${text}` };
}

/** The document. Pure. */
export function asyncApi(version, { topics, headers }) {
  const withSchema = topics.filter(({ schema }) => schema);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Plumbline',
      version,
      license: { name: 'Apache-2.0' },
      description:
        'Topics of a hub. Names may have a prefix (`hub.topicPrefix` of the hub file). Values are Avro in the wire format of the registry: a zero byte, the schema id in four bytes, the datum; the subject is the full name of the record. Headers are CloudEvents 1.0 in binary mode. Compatibility is FULL_TRANSITIVE.',
    },
    defaultContentType: headers.find(({ id }) => id === 'contentType').example,
    servers: {
      kafka: {
        host: '{host}:{port}',
        protocol: 'kafka',
        variables: { host: { default: 'localhost' }, port: { default: '9092' } },
        bindings: { kafka: { schemaRegistryVendor: 'confluent', bindingVersion: '0.5.0' } },
      },
    },
    channels: Object.fromEntries(topics.map((topic) => [topic.id, channel(topic)])),
    operations: Object.fromEntries(topics.map((topic) => [`read${capital(topic.id)}`, operation(topic)])),
    components: {
      messages: Object.fromEntries([
        ...unique(withSchema).map((topic) => [messageName(topic), message(topic)]),
        ['DeadLetter', deadLetter()],
      ]),
      messageTraits: { cloudEvent: { headers: headerSchema(headers) } },
    },
  };
}

function channel({ id, address, kind, doc, key, config, ...topic }) {
  const names = [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const partitions = kind === 'hub' || kind === 'dead-letter' ? { partitions: 1 } : {};
  return {
    address,
    title: id,
    description: `${doc} Key: ${key}.`,
    ...(names.length > 0 ? { parameters: Object.fromEntries(names.map((name) => [name, PARAMETERS[name]])) } : {}),
    messages: { event: { $ref: `#/components/messages/${messageName(topic)}` } },
    bindings: { kafka: { ...partitions, topicConfiguration: topicConfiguration(config), bindingVersion: '0.5.0' } },
  };
}

/** The binding knows these settings only; docs/topics.md has all of them. */
function topicConfiguration(config) {
  return { 'cleanup.policy': [config['cleanup.policy']], 'retention.ms': Number(config['retention.ms']) };
}

function operation({ id }) {
  return {
    action: 'send',
    channel: { $ref: `#/channels/${id}` },
    messages: [{ $ref: `#/channels/${id}/messages/event` }],
  };
}

function message(topic) {
  const { schema, type } = topic;
  return {
    name: schema.name,
    title: type,
    summary: schema.doc,
    traits: [{ $ref: '#/components/messageTraits/cloudEvent' }],
    payload: { schemaFormat: AVRO, schema },
    bindings: { kafka: { key: KEY, bindingVersion: '0.5.0' } },
    examples: [
      { name: 'example', summary: 'Decoded by a client that reads logical types.', payload: exampleOf(schema) },
    ],
  };
}

function deadLetter() {
  return {
    name: 'DeadLetter',
    summary: 'A message of any type, as it was.',
    contentType: 'application/octet-stream',
    headers: {
      type: 'object',
      required: ['x-plumbline-error-code'],
      properties: { 'x-plumbline-error-code': { type: 'string' } },
    },
    bindings: { kafka: { key: KEY, bindingVersion: '0.5.0' } },
  };
}

function headerSchema(headers) {
  const property = ({ doc, example }) => ({
    type: 'string',
    description: doc,
    ...(example ? { examples: [example] } : {}),
  });
  return {
    type: 'object',
    required: headers.filter(({ always }) => always).map(({ name }) => name),
    properties: Object.fromEntries(headers.map((one) => [one.name, property(one)])),
  };
}

function messageName({ schema }) {
  return schema?.name ?? 'DeadLetter';
}

function unique(topics) {
  return [...new Map(topics.map((topic) => [messageName(topic), topic])).values()];
}

function capital(name) {
  return name[0].toUpperCase() + name.slice(1);
}
