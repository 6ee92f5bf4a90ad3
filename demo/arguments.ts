import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface DemoArguments {
  /** Ends after the scenes, and stops what the demo started. */
  readonly exit: boolean;
  readonly jsonFile: string | null;
  /** Numbers of the scenes to play; empty plays all. */
  readonly scenes: readonly number[];
  readonly products: number;
  /** Folder for files of this run; null is the usual one. */
  readonly folder: string | null;
}

/** Text for `--help`. */
export const USAGE = `Usage: npm run demo -- [options]

  --exit           end after the scenes and stop what was started; without it the demo stays up for you
  --json FILE      write what each scene found
  --scene N        play only this scene; may be repeated
  --products N     number of products (default 10000; a fifth as many customers)
  --folder PATH    folder for files of this run (default .plumbline/demo)
  --help           this text

Exit code: 0 when every scene passed, 1 when one failed, 2 for a wrong command line.
`;

const MIN_PRODUCTS = 2_000;

/** Reads the command line; a text says what is wrong with it, or is the help. */
export function readArguments(
  args: readonly string[],
): DemoArguments | { readonly text: string; readonly code: number } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        exit: { type: 'boolean', default: false },
        json: { type: 'string' },
        scene: { type: 'string', multiple: true, default: [] },
        products: { type: 'string', default: '10000' },
        folder: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { text: USAGE, code: 0 };
    return {
      exit: values.exit,
      jsonFile: values.json ?? null,
      scenes: values.scene.map((text) => wholeNumber('--scene', text, 1, 6)),
      products: wholeNumber('--products', values.products, MIN_PRODUCTS, 1_000_000),
      folder: values.folder ?? null,
    };
  } catch (error) {
    return { text: `${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, code: 2 };
  }
}

function wholeNumber(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new Error(`${name} must be a whole number from ${low} to ${high}.`);
}
