// nest-cli.json, from the folders: a folder with a main.ts is an application, so a new one needs no entry by hand.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const SINGLE_APPLICATIONS = {
  demo: 'demo',
  bench: 'bench',
  faults: 'test/faults',
  articles: 'examples/write-a-connector',
  'own-service': 'examples/own-service',
};
const LIBRARIES = { libs: 'libs', harness: 'test/harness' };

/** The file by path. */
export function generateNestProjects(root) {
  const folders = [...subfolders(root, 'apps'), ...subfolders(root, 'connectors')];
  const applications = Object.fromEntries(folders.map((path) => [path.split('/')[1], path]));
  const clash = folders.length - Object.keys(applications).length;
  if (clash > 0) throw new Error('an app and a connector have the same name: Nest needs one name for each project');
  const isProgram = ([, folder]) => existsSync(join(root, folder, 'main.ts'));
  const programs = Object.entries({ ...applications, ...SINGLE_APPLICATIONS }).filter(isProgram);
  const libraries = Object.entries(LIBRARIES).filter(([, folder]) => existsSync(join(root, folder)));
  return { 'nest-cli.json': `${JSON.stringify(nestCli(libraries, programs), null, 2)}\n` };
}

/** The content of nest-cli.json for these (name, folder) pairs. Pure. */
export function nestCli(libraries, programs) {
  const project = (type, entryFile, folder) => ({ type, root: folder, entryFile, sourceRoot: folder });
  const [, defaultFolder] = programs[0] ?? libraries[0];
  return {
    $schema: 'https://json.schemastore.org/nest-cli',
    collection: '@nestjs/schematics',
    monorepo: true,
    sourceRoot: defaultFolder,
    root: defaultFolder,
    compilerOptions: {
      builder: { type: 'swc', options: { swcrcPath: '.swcrc', stripLeadingPaths: false } },
      typeCheck: false,
      deleteOutDir: false,
      assets: ['**/*.sql', '**/*.yaml'],
      tsConfigPath: 'tsconfig.build.json',
    },
    projects: Object.fromEntries([
      ...libraries.map(([name, folder]) => [name, project('library', 'index', folder)]),
      ...programs.map(([name, folder]) => [name, project('application', 'main', folder)]),
    ]),
  };
}

function subfolders(root, parent) {
  if (!existsSync(join(root, parent))) return [];
  return readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`)
    .sort();
}
