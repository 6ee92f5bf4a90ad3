import { runConnector } from '#connector-host';
import { trytonConnector } from './connector.js';

await runConnector(trytonConnector);
