import { runConnector } from '#connector-host';
import { articlesConnector } from './connector.js';

await runConnector(articlesConnector);
