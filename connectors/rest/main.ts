import { runConnector } from '#connector-host';
import { restConnector } from './connector.js';

await runConnector(restConnector);
