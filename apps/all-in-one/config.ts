import { parseArgs } from 'node:util';
import {
  accessVariables,
  adminVariables,
  ensureToken,
  hubVariables,
  loadConfig,
  optionalTokenVariable,
  serverVariables,
  tokenFile,
} from '#config';
import { HubError } from '#kernel';
import { z } from 'zod';

const configSchema = z.object({
  ...serverVariables,
  ...hubVariables,
  ...optionalTokenVariable,
  ...accessVariables,
  ...adminVariables,
});

/** Configuration of `plumbline up`. */
export type UpConfig = z.infer<typeof configSchema> & {
  readonly PLUMBLINE_TOKEN: string;
  /** Where the token is to be read, for people. */
  readonly tokenPlace: string;
};

/**
 * From the environment and `--file`; makes a token, kept in the data folder, where none is given.
 * @throws HubError HUB_CONFIG_INVALID
 */
export function readUpConfig(args: readonly string[]): UpConfig {
  const config = loadConfig(configSchema);
  const folder = config.PLUMBLINE_DATA_DIR;
  return {
    ...config,
    PLUMBLINE_HUB_FILE: fileOf(args) ?? config.PLUMBLINE_HUB_FILE,
    PLUMBLINE_TOKEN: config.PLUMBLINE_TOKEN ?? ensureToken(folder),
    tokenPlace: config.PLUMBLINE_TOKEN ? 'as given in PLUMBLINE_TOKEN' : `in ${tokenFile(folder)}`,
  };
}

function fileOf(args: readonly string[]): string | undefined {
  try {
    return parseArgs({ args: [...args], options: { file: { type: 'string' } } }).values.file;
  } catch (error) {
    throw new HubError('HUB_CONFIG_INVALID', 'Usage: plumbline up [--file PATH]', {}, { cause: error });
  }
}
