// Generated from connectors/*/connector.ts by `npm run generate`.
import type { ConnectorDefinition } from '#connector-sdk';
import { bottlecrmConnector } from '../../../connectors/bottlecrm/connector.js';
import { filesConnector } from '../../../connectors/files/connector.js';
import { restConnector } from '../../../connectors/rest/connector.js';
import { sqlConnector } from '../../../connectors/sql/connector.js';
import { trytonConnector } from '../../../connectors/tryton/connector.js';
import { vendureConnector } from '../../../connectors/vendure/connector.js';

/** Every connector kind that this process can run. */
export const DEFINITIONS: readonly ConnectorDefinition[] = [
  bottlecrmConnector,
  filesConnector,
  restConnector,
  sqlConnector,
  trytonConnector,
  vendureConnector,
];
