import { runConnector } from '#connector-host';
import { filesConnector } from './connector.js';

await runConnector(filesConnector);
