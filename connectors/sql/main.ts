import { runConnector } from '#connector-host';
import { sqlConnector } from './connector.js';

await runConnector(sqlConnector);
