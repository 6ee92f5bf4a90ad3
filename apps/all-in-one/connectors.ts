import type { ConnectorDefinition } from '#connector-sdk';
import type { ConnectorKind } from '#hub-file';
import { HubError } from '#kernel';
import { bottlecrmConnector } from '../../connectors/bottlecrm/connector.js';
import { filesConnector } from '../../connectors/files/connector.js';
import { restConnector } from '../../connectors/rest/connector.js';
import { sqlConnector } from '../../connectors/sql/connector.js';
import { trytonConnector } from '../../connectors/tryton/connector.js';
import { vendureConnector } from '../../connectors/vendure/connector.js';

/** Every connector kind that this process can run. */
const DEFINITIONS: readonly ConnectorDefinition[] = [
  bottlecrmConnector,
  filesConnector,
  restConnector,
  sqlConnector,
  trytonConnector,
  vendureConnector,
];

/** What the hub file is checked against: names of connectors, and the shape of each one's `config`. */
export const connectorKinds: readonly ConnectorKind[] = DEFINITIONS.map((definition) => ({
  id: definition.id,
  findConfigProblems: (config) => definition.configSchema.safeParse(config).error?.issues ?? [],
}));

/** The connector of a name. @throws HubError HUB_CONFIG_INVALID */
export function getConnector(id: string): ConnectorDefinition {
  const definition = DEFINITIONS.find((candidate) => candidate.id === id);
  if (!definition) throw new HubError('HUB_CONFIG_INVALID', `There is no connector "${id}".`, { connector: id });
  return definition;
}
