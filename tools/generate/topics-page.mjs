// docs/topics.md: the catalogue of topics for those who read them.
const TYPES = {
  string: 'text',
  boolean: 'boolean',
  int: 'int (32 bits)',
  long: 'long (64 bits)',
};

const STOCK_SINK = [
  '## Into a database, with a stock sink',
  '',
  'A stock JDBC sink of Kafka Connect keeps a table that is a golden topic, deletes included:',
  '[examples/stock-sink](../examples/stock-sink/README.md).',
  '',
];

/** The file by path. Pure. */
export function generateTopicsPage({ topics, headers }) {
  const schemas = new Map(topics.filter(({ schema }) => schema).map(({ schema }) => [schema.name, schema]));
  const lines = [
    '<!-- Generated from schemas/ by `npm run generate`. -->',
    '# Topics',
    '',
    'What data teams can read. The same for programs: [asyncapi.yaml](asyncapi.yaml). Clients that run as they stand, to read',
    'the current state and go on live: [Node](../examples/consume-a-topic/consume.mjs),',
    '[Python](../examples/consume-a-topic/consume.py), [Java](../examples/consume-a-topic/Consume.java),',
    '[PHP](../examples/consume-a-topic/consume.php). Names may have a prefix (`hub.topicPrefix`).',
    '',
    '| topic | key | clean-up | settings | value |',
    '| --- | --- | --- | --- | --- |',
    ...topics.map(topicRow),
    '',
    '## How to read them',
    '',
    '- **Value**: Avro in the wire format of the registry (a zero byte, four bytes of schema id, the datum). The subject is the',
    '  full name of the record, compatibility is FULL_TRANSITIVE: fields come with defaults and never change their type.',
    '- **Order**: all messages of a key are on one partition, in order. The number of partitions of a topic never changes.',
    '- **At least once**: a message may come twice, with the same `ce_id`. Keep the highest `sequence` per key (in change events',
    '  `epoch`, then `sequence`) and ignore what is not higher.',
    '- **Deletes**: a value with `status` = `deleted`. The hub writes no tombstones, so a reader that begins late still learns',
    '  of each delete; a client should nevertheless take a null value as one.',
    '- **Absent is not null**: `present` names the fields that a record has. A field that is not named there is unknown, whatever',
    '  its value; one that is named with the value null is known to be empty.',
    '- **Decimals** are `bytes` with logical type `decimal`: exact, two’s complement, never a floating-point number. Read them',
    '  as BigDecimal, Decimal or text.',
    '- **Instants** are `long` with logical type `timestamp-micros`: microseconds since 1970, UTC.',
    '',
    ...STOCK_SINK,
    '## Headers',
    '',
    'CloudEvents 1.0 in binary mode, UTF-8 text.',
    '',
    '| header | always | what it holds | example |',
    '| --- | --- | --- | --- |',
    ...headers.map(
      ({ name, always, doc, example }) => `| \`${name}\` | ${always ? 'yes' : ''} | ${doc} | ${code(example)} |`,
    ),
    '',
    ...[...topics].map(topicPart).flat(),
    '# Records',
    '',
    ...[...schemas.values()].flatMap(recordPart),
  ];
  return { 'docs/topics.md': `${lines.join('\n')}\n` };
}

function topicRow({ address, key, config, schema }) {
  const { 'cleanup.policy': policy, ...rest } = config;
  const settings = Object.entries(rest).map(([name, value]) => `${name}=${value}`);
  const value = schema ? `[${schema.name}](#${anchor(schema.name)})` : 'as in the origin';
  return `| \`${address}\` | ${key} | ${policy} | ${settings.join('<br>')} | ${value} |`;
}

function topicPart({ address, doc, key, type, schema }) {
  const value = schema ? ` Value: [${schema.name}](#${anchor(schema.name)}).` : '';
  const typeText = type ? ` \`ce_type\`: \`${type}\`.` : '';
  return [`## \`${address}\``, '', doc, '', `Key: ${key}.${typeText}${value}`, ''];
}

function recordPart(schema) {
  const nested = new Map();
  const rows = schema.fields.map((field) => fieldRow(field, nested));
  const table = (title, text, lines) => [
    `${title}`,
    '',
    text,
    '',
    '| field | type | default | meaning |',
    '| --- | --- | --- | --- |',
    ...lines,
    '',
  ];
  const main = table(`## ${schema.name}`, `\`${schema.namespace}.${schema.name}\`. ${schema.doc}`, rows);
  const parts = [...nested.values()].flatMap((type) =>
    table(
      `### ${type.name} in ${schema.name}`,
      type.doc,
      type.fields.map((field) => fieldRow(field, new Map())),
    ),
  );
  return [...main, ...parts];
}

function fieldRow({ name, type, doc, default: byDefault }, nested) {
  const shown = byDefault === undefined ? '' : code(JSON.stringify(byDefault));
  return `| \`${name}\` | ${typeText(type, nested)} | ${shown} | ${doc ?? ''} |`;
}

function typeText(type, nested) {
  if (typeof type === 'string') return TYPES[type] ?? type.slice(type.lastIndexOf('.') + 1);
  if (Array.isArray(type)) {
    const others = type.filter((branch) => branch !== 'null').map((branch) => typeText(branch, nested));
    return `${others.join(' or ')}${type.includes('null') ? ', or null' : ''}`;
  }
  if (type.logicalType === 'decimal') return `decimal, ${type.precision} digits, ${type.scale} after the point`;
  if (type.logicalType === 'timestamp-micros') return 'instant, microseconds';
  if (type.type === 'array') return `list of ${typeText(type.items, nested)}`;
  if (type.type === 'map') return `map of ${typeText(type.values, nested)}`;
  if (type.type === 'enum') return type.symbols.map((symbol) => `\`${symbol}\``).join(' or ');
  nested.set(type.name, type);
  return type.name;
}

function code(text) {
  return text === undefined ? '' : `\`${text}\``;
}

function anchor(name) {
  return name.toLowerCase();
}
