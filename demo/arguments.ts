import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface DemoArguments {
  /** Ends after the scenes, and stops what the demo started. */
  readonly exit: boolean;
  /** Waits for Enter after each scene, and while something is held. */
  readonly step: boolean;
  readonly jsonFile: string | null;
  /** Numbers of the scenes to play; empty plays all. */
  readonly scenes: readonly number[];
  /** Which business systems are played with. */
  readonly play: 'stores' | 'real' | 'versus';
  readonly products: number;
  /** Folder for files of this run; null is the usual one. */
  readonly folder: string | null;
}

/** Text for `--help`. */
export const USAGE = `Usage: npm run demo -- [options]

  --exit           end after the scenes and stop what was started; without it the demo stays up for you
  --step           wait for Enter after each scene, and while something is held, so that you can look at the page
  --json FILE      write what each scene found
  --scene N        play only this scene; may be repeated
  --real           the same scenes on real systems: Tryton (ERP and WMS), Vendure (shop), BottleCRM; installs and
                   starts them too, and deletes the products and customers that a run before left in them
  --versus         the hub beside a plain sync script, with the same data and the same damage
  --products N     number of products (default 10000, with --versus 2000, with --real 1000; a fifth as many customers)
  --folder PATH    folder for files of this run (default .plumbline/demo)
  --help           this text

Exit code: 0 when every scene passed, 1 when one failed, 2 for a wrong command line.
`;

/** Scenes want so many at least; the default is what is shown best. */
const PRODUCTS = {
  stores: { least: 2_000, usual: 10_000 },
  versus: { least: 2_000, usual: 2_000 },
  real: { least: 1_000, usual: 1_000 },
} as const;

/** Reads the command line; a text says what is wrong with it, or is the help. */
export function readArguments(
  args: readonly string[],
): DemoArguments | { readonly text: string; readonly code: number } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        exit: { type: 'boolean', default: false },
        step: { type: 'boolean', default: false },
        json: { type: 'string' },
        scene: { type: 'string', multiple: true, default: [] },
        real: { type: 'boolean', default: false },
        versus: { type: 'boolean', default: false },
        products: { type: 'string' },
        folder: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { text: USAGE, code: 0 };
    const play = playOf(values);
    const { least, usual } = PRODUCTS[play];
    return {
      play,
      exit: values.exit,
      step: values.step,
      jsonFile: values.json ?? null,
      scenes: values.scene.map((text) => wholeNumber('--scene', text, 1, 6)),
      products: wholeNumber('--products', values.products ?? String(usual), least, 1_000_000),
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

function playOf({ real, versus }: { readonly real: boolean; readonly versus: boolean }): DemoArguments['play'] {
  if (real && versus) throw new Error('--real and --versus are two demos: choose one.');
  if (real) return 'real';
  return versus ? 'versus' : 'stores';
}
