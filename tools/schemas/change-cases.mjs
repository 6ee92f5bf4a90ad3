// Changes of a schema and who breaks by each: [what, released, today, broken directions, what the message must say].
const N = 'new';
const O = 'old';
const record = (...fields) => ({ type: 'record', name: 'R', namespace: 'x', fields });
const field = (type, more = {}) => ({ name: 'f', type, ...more });
const one = (type, more) => record(field(type, more));
const color = (symbols, more = {}) => ({ type: 'enum', name: 'Color', symbols, ...more });
const fixed = (size, more = {}) => ({ type: 'fixed', name: 'Hash', size, ...more });
const decimal = (precision, scale) => ({ type: 'bytes', logicalType: 'decimal', precision, scale });
const logical = (type, logicalType) => ({ type, logicalType });
const inner = (...fields) => ({ type: 'record', name: 'Inner', fields });
const tree = (...more) => record({ name: 'next', type: ['null', 'R'], default: null }, ...more);

/** Avro's own resolution judges these, and so does avsc. */
export const AVRO_CASES = [
  ['nothing', one('string'), one('string'), []],
  ['documentation', one('string', { doc: 'a' }), one('string', { doc: 'b' }), []],
  ['field added with a default', record(), one('int', { default: 0 }), [], 'field added, with a default'],
  ['field added without a default', record(), one('int'), [N], 'field added without a default'],
  ['field removed that had a default', one('int', { default: 0 }), record(), [], 'field removed, it had a default'],
  ['field removed without a default', one('int'), record(), [O], 'field removed that has no default'],
  [
    'fields in another order',
    record(field('int'), { ...field('int'), name: 'g' }),
    record({ ...field('int'), name: 'g' }, field('int')),
    [],
  ],
  ['default changed', one('int', { default: 0 }), one('int', { default: 1 }), [], 'default changed from 0 to 1'],
  ['default taken away', one('int', { default: 0 }), one('int'), [], 'default changed from 0 to none'],
  ['type changed', one('string'), one('int'), [N, O], 'from string to int'],
  ['boolean to int', one('boolean'), one('int'), [N, O], 'from boolean to int'],
  ['int to long', one('int'), one('long'), [O], 'from int to long'],
  ['long to int', one('long'), one('int'), [N], 'from long to int'],
  ['int to double', one('int'), one('double'), [O], 'from int to double'],
  ['long to float', one('long'), one('float'), [O], 'from long to float'],
  ['double to float', one('double'), one('float'), [N], 'from double to float'],
  ['string to bytes', one('string'), one('bytes'), [], 'both read each other'],
  ['enum symbol added', one(color(['a'])), one(color(['a', 'b'])), [O], 'symbols added: b'],
  ['enum symbol removed', one(color(['a', 'b'])), one(color(['a'])), [N], 'symbols removed: b'],
  [
    'enum symbol added, released with a default',
    one(color(['a'], { default: 'a' })),
    one(color(['a', 'b'], { default: 'a' })),
    [],
    'symbols added: b',
  ],
  [
    'enum symbol removed, a default left',
    one(color(['a', 'b'])),
    one(color(['a'], { default: 'a' })),
    [],
    'symbols removed: b',
  ],
  [
    'enum symbol added, only the field has a default',
    one(color(['a']), { default: 'a' }),
    one(color(['a', 'b']), { default: 'a' }),
    [O],
    'symbols added: b',
  ],
  ['enum symbol renamed', one(color(['a', 'b'])), one(color(['a', 'c'])), [N, O], 'symbols'],
  ['enum symbols in another order', one(color(['a', 'b'])), one(color(['b', 'a'])), []],
  ['became nullable', one('string'), one(['null', 'string']), [O], 'null is new beside the released string'],
  ['no longer nullable', one(['null', 'string']), one('string'), [N], 'string lacks null'],
  ['union branch added', one(['null', 'string']), one(['null', 'string', 'int']), [O], 'int is new'],
  ['union branch removed', one(['null', 'string', 'int']), one(['null', 'string']), [N], 'lacks int'],
  ['union branches in another order', one(['null', 'string']), one(['string', 'null']), []],
  ['union branch widened', one(['null', 'int']), one(['null', 'long']), [O], 'long is new'],
  ['record in a union changed', one(['null', inner()]), one(['null', inner(field('int'))]), [N], 'field added without'],
  ['size of fixed', one(fixed(4)), one(fixed(8)), [N, O], 'from 4 to 8'],
  ['fixed renamed', one(fixed(4)), one(fixed(4, { name: 'Digest' })), [N, O], 'renamed from x.Hash to x.Digest'],
  ['record renamed', one('int'), { ...one('int'), name: 'S' }, [N, O], 'renamed from x.R to x.S'],
  [
    'record renamed with an alias',
    one('int'),
    { ...one('int'), name: 'S', aliases: ['R'] },
    [O],
    'renamed from x.R to x.S',
  ],
  ['namespace changed', one('int'), { ...one('int'), namespace: 'y' }, [N, O], 'renamed from x.R to y.R'],
  [
    'namespace changed, alias without it',
    one('int'),
    { ...one('int'), namespace: 'y', aliases: ['R'] },
    [N, O],
    'renamed',
  ],
  ['namespace changed, full alias', one('int'), { ...one('int'), namespace: 'y', aliases: ['x.R'] }, [O], 'renamed'],
  ['field renamed', one('int'), record({ ...field('int'), name: 'g' }), [N, O], 'field'],
  [
    'field renamed with an alias',
    one('int'),
    record({ ...field('int'), name: 'g', aliases: ['f'] }),
    [O],
    'removed that has no default',
  ],
  [
    'field renamed with an alias and defaults',
    one('int', { default: 0 }),
    record({ name: 'g', type: 'int', default: 0, aliases: ['f'] }),
    [],
    'renamed from f to g',
  ],
  [
    'an alias that is a field, too',
    record(field('int', { default: 0 }), { name: 'g', type: 'int' }),
    record({ name: 'g', type: 'int', aliases: ['f'] }),
    [N],
    'g has the alias f',
  ],
  [
    'items of an array',
    one({ type: 'array', items: 'int' }),
    one({ type: 'array', items: 'long' }),
    [O],
    'from int to long',
  ],
  [
    'values of a map',
    one({ type: 'map', values: 'string' }),
    one({ type: 'map', values: 'int' }),
    [N, O],
    'from string to int',
  ],
  [
    'array to map',
    one({ type: 'array', items: 'int' }),
    one({ type: 'map', values: 'int' }),
    [N, O],
    'array of int to map of int',
  ],
  ['recursive record, unchanged', tree(), tree(), []],
  ['recursive record grew', tree(), tree(field('int')), [N], 'field added without a default'],
];

/** What a logical type means is beyond Avro's resolution: avsc, told nothing of it, sees no difference. */
export const LOGICAL_CASES = [
  ['scale', one(decimal(18, 4)), one(decimal(18, 2)), 'decimal(18, 4) became bytes as decimal(18, 2)'],
  ['precision', one(decimal(18, 4)), one(decimal(20, 4)), 'decimal(20, 4)'],
  ['decimal became plain bytes', one(decimal(18, 4)), one('bytes'), 'became bytes'],
  ['plain long became an instant', one('long'), one(logical('long', 'timestamp-micros')), 'timestamp-micros'],
  [
    'milliseconds became microseconds',
    one(logical('long', 'timestamp-millis')),
    one(logical('long', 'timestamp-micros')),
    'misread',
  ],
  ['string became a uuid', one('string'), one(logical('string', 'uuid')), 'uuid'],
  ['decimal in a union', one(['null', decimal(18, 4)]), one(['null', decimal(18, 6)]), 'decimal(18, 6)'],
  ['fixed became a duration', one(fixed(12)), one(fixed(12, { logicalType: 'duration' })), 'duration'],
];
