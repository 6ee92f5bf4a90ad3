import { runConnector } from '#connector-host';
import { vendureConnector } from './connector.js';

await runConnector(vendureConnector);
