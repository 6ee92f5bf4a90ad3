// What docs/asyncapi.yaml and docs/topics.md tell of every topic, from schemas/ and from the code that makes topics.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import typescript from 'typescript';

import { listFolders, readSchemas } from '../schemas/read-schemas.mjs';

const BUSINESS_KEY = 'the business key';
const INSTANT = '2026-11-23T04:05:06.123456Z';

/** Header names with what they hold; `example` is of a change event. */
const HEADER_DOCS = {
  specVersion: { doc: 'CloudEvents version.', always: true, example: '1.0' },
  id: {
    doc: 'Unique within the source; the same event sent twice has the same id.',
    always: true,
    example: 'erp/product/4711/1.42',
  },
  source: { doc: 'The process that produced it.', always: true, example: '/plumbline/erp' },
  type: { doc: 'Type of the event.', always: true },
  time: { doc: 'When it happened, UTC, microseconds.', always: true, example: INSTANT },
  subject: { doc: 'The Kafka key.', always: true, example: '4711' },
  contentType: { doc: 'The value is Avro in the wire format of the registry.', always: true },
  traceParent: {
    doc: 'W3C trace context.',
    always: false,
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
  batch: {
    doc: 'Id of the bounded read or file that a change belongs to.',
    always: false,
    example: 'import-2026-11-23',
  },
  batchSize: { doc: 'Change events of that batch and entity, decimal.', always: false, example: '1200' },
  round: { doc: 'Id of the reconcile round that committed a change.', always: false, example: 'r-17' },
  lane: {
    doc: '`bulk` for imports and answers above the metered rate; absent for live changes.',
    always: false,
    example: 'bulk',
  },
  deleted: {
    doc: '`true` where the value says `status` = `deleted`, for tools that cannot look into values; absent otherwise.',
    always: false,
    example: 'true',
  },
};

/** `{ topics, headers }`: each topic with address, meaning, key, settings and schema; each header with name and meaning. */
export async function readTopicModel(root) {
  const { HEADERS, AVRO_CONTENT_TYPE, topicNames } = await load(root, 'libs/contracts/src/topics.ts');
  const { topicConfig } = await load(root, 'libs/messaging-kafka/src/topic-plan.ts');
  const schemas = new Map(readSchemas(join(root, 'schemas')).map(({ file, schema }) => [file, { file, schema }]));
  const names = topicNames();
  const entities = listFolders(join(root, 'schemas')).filter((name) => name !== 'hub');
  const topics = [...entities.flatMap((entity) => entityTopics(entity, names)), ...hubTopics(names)];
  return {
    topics: topics.map((topic) => ({
      ...topic,
      config: settings(topicConfig(topic.kind, 1)),
      ...schemas.get(topic.file),
    })),
    headers: Object.entries(HEADERS).map(([id, name]) => header(id, name, AVRO_CONTENT_TYPE)),
  };
}

function entityTopics(entity, names) {
  const changed = `${entity}/${entity}-changed.v1.avsc`;
  const golden = `${entity}/golden-${entity}.v1.avsc`;
  const state =
    'The latest value of a key is its state. A delete is a value with status `deleted`; the hub writes no tombstone.';
  return [
    {
      ...{ id: `${entity}Golden`, address: names.golden(entity), kind: 'golden', file: golden },
      ...{ type: `golden.${entity}.v1`, key: BUSINESS_KEY },
      doc: `The golden ${entity} records: what all systems together say. ${state}`,
    },
    {
      ...{ id: `${entity}History`, address: names.history(entity), kind: 'history', file: golden },
      ...{ type: `golden.${entity}.v1`, key: BUSINESS_KEY },
      doc: `Every version of the golden ${entity} records, in order per key, kept for ever. A delete is a version with status \`deleted\`.`,
    },
    {
      ...{ id: `${entity}Changed`, address: names.change('{system}', entity), kind: 'change', file: changed },
      ...{ type: `${entity}.changed.v1`, key: "the system's own id of the record" },
      doc: `What one system says of its ${entity} records: its whole contribution after each change. ${state}`,
    },
  ];
}

function hubTopics(names) {
  const hub = (name, facts) => ({
    id: name,
    address: names.hub(name),
    kind: 'hub',
    file: `hub/${name}-recorded.v1.avsc`,
    type: `${name}.recorded.v1`,
    ...facts,
  });
  return [
    hub('drift', {
      key: '`system/entity/external id`',
      doc: 'Every drift that a reconcile round confirmed, and what became of it. Nothing is deleted.',
    }),
    hub('audit', {
      key: 'the subject: hold id, system or run',
      doc: 'Every act of a person or of the guard. Nothing is deleted.',
    }),
    {
      ...{
        id: 'deadLetter',
        address: names.deadLetter('{consumer}'),
        kind: 'dead-letter',
        type: null,
        key: 'as in the origin',
      },
      doc: 'Messages that a consumer could not use, unchanged, with headers `x-plumbline-…` that say why and where they came from. A message that is too large for this topic has no value here; its headers say where it lies.',
    },
  ];
}

function header(id, name, contentType) {
  const { doc, always, example } = HEADER_DOCS[id] ?? {};
  if (!doc) throw new Error(`tools/generate/topic-model.mjs does not describe the header ${name}`);
  return { id, name, doc, always, example: id === 'contentType' ? contentType : example };
}

/** How many copies must be in step is chosen by the number of brokers, not here. */
function settings(config) {
  return Object.fromEntries(Object.entries(config).filter(([name]) => name !== 'min.insync.replicas'));
}

/** A module without imports but of types, run without a build. */
async function load(root, path) {
  const options = { target: typescript.ScriptTarget.ES2022, module: typescript.ModuleKind.ESNext };
  const { outputText } = typescript.transpileModule(readFileSync(join(root, path), 'utf8'), {
    compilerOptions: options,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputText).toString('base64')}`);
}
