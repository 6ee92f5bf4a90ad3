import { portOf, type HubFile } from '#hub-file';
import { hubServersOf, type HubServers, type QueueServers, type ServersConfig } from './server-access.js';

/** What a service of the hub is started with: the hub file, where its servers are, where it serves HTTP. */
export interface ServiceSettings<Servers extends HubServers = HubServers> {
  readonly file: HubFile;
  readonly servers: Servers;
  /** Port 0 takes any free port. */
  readonly http: { readonly host: string; readonly port: number; readonly token: string };
}

type ServiceName = Parameters<typeof portOf>[1];
type ServiceConfig = ServersConfig & { readonly PLUMBLINE_HTTP_HOST: string; readonly PLUMBLINE_TOKEN: string };
type QueueConfig = ServiceConfig & { readonly REDIS_URL: string };

/** A service's settings from the environment; with the job queues' server where it is configured. @throws HubError HUB_CONFIG_INVALID */
export function serviceSettingsOf(
  config: QueueConfig,
  file: HubFile,
  service: ServiceName,
): ServiceSettings<QueueServers>;
export function serviceSettingsOf(config: ServiceConfig, file: HubFile, service: ServiceName): ServiceSettings;
export function serviceSettingsOf(
  config: ServiceConfig & Partial<QueueConfig>,
  file: HubFile,
  service: ServiceName,
): ServiceSettings {
  const { REDIS_URL: redisUrl, PLUMBLINE_HTTP_HOST: host, PLUMBLINE_TOKEN: token } = config;
  return {
    file,
    servers: { ...hubServersOf(config), ...(redisUrl !== undefined && { redisUrl }) },
    http: { host, port: portOf(file, service), token },
  };
}
