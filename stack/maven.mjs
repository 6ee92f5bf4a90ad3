// Maven, for Kafka and the registry.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runTool } from './tools.mjs';

let mavenIsFree = Promise.resolve();

/** Runs Maven. One at a time: Maven 3 does not lock its local repository. */
export function runMaven(context, server, { goal, properties, cwd }) {
  const definitions = Object.entries(properties).map(([key, value]) => `-D${key}=${value}`);
  const next = 'see whether `mvn` can reach its repository (its settings.xml), then run `npm run stack -- up` again';
  const turn = mavenIsFree.then(() =>
    runTool(context, {
      server,
      log: `${server}-install`,
      next,
      command: 'mvn',
      args: ['-q', '-B', goal, ...definitions],
      cwd,
    }),
  );
  mavenIsFree = turn.catch(() => {});
  return turn;
}

/** Writes a pom whose only purpose is its dependencies; returns its folder. */
export function writePom(folder, dependencies) {
  const entries = dependencies.map((coordinates) => {
    const [groupId, artifactId, version] = coordinates.split(':');
    const ids = `<groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId>`;
    return `<dependency>${ids}<version>${version}</version></dependency>`;
  });
  const pom = `<project><modelVersion>4.0.0</modelVersion><groupId>plumbline</groupId><artifactId>stack</artifactId>
<version>1</version><packaging>pom</packaging><dependencies>${entries.join('\n')}</dependencies></project>\n`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pom.xml'), pom);
  return folder;
}
