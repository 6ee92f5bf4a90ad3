// Writes every generated file from its source. `--check` writes nothing and fails when a file differs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import prettier from 'prettier';

import { generateAsyncApi } from './generate/asyncapi.mjs';
import { generateCatalogue } from './generate/catalogue.mjs';
import { generateCompose } from './generate/compose.mjs';
import { generateConfiguration } from './generate/configuration.mjs';
import { generateConnectorList } from './generate/connector-list.mjs';
import { generateContracts } from './generate/contracts.mjs';
import { generateErrorPage } from './generate/error-page.mjs';
import { generateNestProjects } from './generate/nest-projects.mjs';
import { readTopicModel } from './generate/topic-model.mjs';
import { generateTopicsPage } from './generate/topics-page.mjs';

const root = join(import.meta.dirname, '..');
const isCheck = process.argv.includes('--check');

const compose = generateCompose(root);
const topicModel = await readTopicModel(root);
const asyncApi = generateAsyncApi(root, topicModel);
const files = {
  ...generateContracts(root),
  ...generateErrorPage(root),
  ...generateConnectorList(root),
  ...generateNestProjects(root),
  ...asyncApi,
  ...generateCatalogue(root, asyncApi['docs/asyncapi.yaml']),
  ...generateTopicsPage(topicModel),
  ...compose,
  ...(await generateConfiguration(root, compose['docker-compose.yml'])),
};
const stale = [];
for (const [path, text] of Object.entries(files)) {
  const target = join(root, path);
  // A file that prettier has no parser for stays as its generator wrote it.
  const { inferredParser } = await prettier.getFileInfo(target);
  const options = { ...(await prettier.resolveConfig(target)), filepath: target };
  const wanted = inferredParser ? await prettier.format(text, options) : text;
  if (existsSync(target) && readFileSync(target, 'utf8') === wanted) continue;
  stale.push(path);
  if (isCheck) continue;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, wanted);
}
for (const path of stale) console.log(isCheck ? `stale: ${path}` : `written: ${path}`);
if (isCheck && stale.length > 0) {
  console.error('Run `npm run generate` and commit the result.');
  process.exitCode = 1;
}
