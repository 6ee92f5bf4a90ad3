import { runConnector } from '#connector-host';
import { bottlecrmConnector } from './connector.js';

await runConnector(bottlecrmConnector);
