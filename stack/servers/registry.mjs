// Apicurio Registry, which speaks the Confluent API. By default it keeps schemas in memory; here in PostgreSQL.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { runMaven } from '../maven.mjs';
import { LOOPBACK } from '../ports.mjs';
import { isHttpReady } from '../probe.mjs';
import { fillFolder, findJava, runTool } from '../tools.mjs';
import { createRegistryDatabase, registryDatabase } from './registry-database.mjs';

const VERSION = '3.0.9';
// It serves a few requests: a quick start (9 s became 6 s) is worth more than the second compiler.
const JVM_OPTIONS = ['-Xmx300m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

const programFolder = ({ paths }) => join(paths.cache, `apicurio-${VERSION}`);
const address = ({ state }) => `http://${LOOPBACK}:${state.ports.registry}/apis/ccompat/v7`;

export const registry = {
  name: 'registry',
  variable: 'REGISTRY_URL',
  title: `Apicurio Registry ${VERSION}`,
  ports: ['registry'],
  cost: { memoryMiB: 300, diskMiB: 120, downloadMiB: 110, firstSeconds: 25 },
  stopSignal: 'SIGTERM',

  isInstalled: (context) => existsSync(programFolder(context)),

  install: (context) =>
    fillFolder(programFolder(context), async (folder) => {
      await runMaven(context, 'registry', {
        goal: 'dependency:copy',
        properties: { artifact: `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`, outputDirectory: folder },
        cwd: context.paths.run,
      });
      const archive = readdirSync(folder).find((name) => name.endsWith('.tar.gz'));
      await runTool(context, {
        server: 'registry',
        log: 'registry-install',
        next: 'see whether the disk is full, then run `npm run stack -- up` again',
        command: 'tar',
        args: ['-xzf', archive],
        cwd: folder,
      });
      rmSync(join(folder, archive));
    }),

  prepare: (context) => createRegistryDatabase(context),

  command: (context) => {
    const { jdbcUrl, user, password } = registryDatabase(context);
    return {
      command: findJava(context.env),
      args: [...JVM_OPTIONS, '-jar', `apicurio-registry-app-${VERSION}-runner.jar`],
      cwd: programFolder(context),
      env: {
        QUARKUS_HTTP_HOST: LOOPBACK,
        QUARKUS_HTTP_PORT: String(context.state.ports.registry),
        APICURIO_STORAGE_KIND: 'sql',
        APICURIO_STORAGE_SQL_KIND: 'postgresql',
        APICURIO_DATASOURCE_URL: jdbcUrl,
        APICURIO_DATASOURCE_USERNAME: user,
        APICURIO_DATASOURCE_PASSWORD: password,
        // Its defaults, 20 and 100, would take half of the server's sessions.
        APICURIO_DATASOURCE_JDBC_INITIAL_SIZE: '2',
        APICURIO_DATASOURCE_JDBC_MAX_SIZE: '20',
      },
    };
  },

  // Reads the store too, so it tells a registry whose database is not there from a ready one.
  isReady: (context) => isHttpReady(`${address(context)}/subjects`),
  address,
};
