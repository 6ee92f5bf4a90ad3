// One consumer alone in a process: it reads a topic from its begin, tells its figures and ends. One argument: its settings.
import { AvroCodec, SchemaRegistry } from '#messaging-kafka';
import type { ConsumerSettings } from './contestant.js';
import { startOurConsumer } from './our-consumer.js';
import { startStockConsumer } from './stock-consumer.js';
import { Tally } from './tally.js';

/** After that, what has not come is lost. */
const GIVE_UP_MS = 5 * 60_000;

const settings = JSON.parse(process.argv[2] ?? '{}') as ConsumerSettings;
const codec = new AvroCodec(new SchemaRegistry({ url: settings.registryUrl }));
await codec.ensureSchemas();
const ended = new AbortController();
const tally = new Tally(settings.count, () => ended.abort());
const start = settings.consumer === 'ours' ? startOurConsumer : startStockConsumer;
await start(settings, codec, tally);
if (!ended.signal.aborted)
  await new Promise<void>((resolve) => {
    ended.signal.addEventListener('abort', () => resolve());
    setTimeout(resolve, GIVE_UP_MS);
  });
process.send?.(tally.figures(), () => process.exit(0));
