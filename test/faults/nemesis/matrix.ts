import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAULTS_FOLDER } from '../servers.js';
import { CellRunner, type CellResult } from './cell-run.js';
import { cellsOf, type Cell, type CellSet } from './cells.js';
import { HubInDanger } from './hub-in-danger.js';
import { OwnStack } from './own-stack.js';
import { lineOf, summarise, writeReport, type MatrixResult } from './report.js';

/** One run over a set of cells. */
export interface MatrixOptions {
  readonly set: CellSet;
  readonly seed: number;
  readonly products: number;
  /** Name of the cell to begin with: results of those before it are taken from the run before. */
  readonly from: string | null;
  /** Names of cells to run; all when null. */
  readonly only: RegExp | null;
  readonly log: (text: string) => void;
}

/** Makes one fault after another to one hub, lets it recover, and judges what happened. */
export async function matrix(options: MatrixOptions): Promise<MatrixResult> {
  const { set, seed, log } = options;
  const cells = cellsOf(set).filter(({ name }) => options.only?.test(name) ?? true);
  const start = options.from === null ? 0 : cells.findIndex(({ name }) => name === options.from);
  if (start < 0) throw new Error(`There is no cell "${options.from}", only:\n  ${names(cells)}`);
  const results = readResults(set, new Set(cells.slice(0, start).map(({ name }) => name)));
  const stack = await OwnStack.start();
  try {
    await new MatrixRun(stack, options, results).run(cells.slice(start));
  } finally {
    await stack.drop();
  }
  log(`table: ${writeReport(FAULTS_FOLDER, set, results)}`);
  return summarise(seed, results);
}

class MatrixRun {
  private hub: HubInDanger | null = null;
  private runner: CellRunner | null = null;

  constructor(
    private readonly stack: OwnStack,
    private readonly options: MatrixOptions,
    private readonly results: CellResult[],
  ) {}

  async run(cells: readonly Cell[]): Promise<void> {
    try {
      for (const cell of cells) await this.runCell(cell);
    } finally {
      await this.hub?.drop();
    }
  }

  /** A hub that did not come to rest, or cannot, would make the next cells fail, too. */
  private async runCell(cell: Cell): Promise<void> {
    const { set, log } = this.options;
    if (cell.isLast) await this.renew();
    const runner = this.runner ?? (await this.renew());
    const result = await runner.run(cell);
    this.results.push(result);
    log(lineOf(result));
    for (const witness of result.witnesses.slice(0, 2)) log(`    ${JSON.stringify(witness)}`);
    writeReport(FAULTS_FOLDER, set, this.results);
    if (cell.isLast || (result.recoverySeconds === null && result.verdict !== 'skipped')) await this.end();
  }

  private async renew(): Promise<CellRunner> {
    await this.end();
    const { seed, products, log } = this.options;
    this.hub = await HubInDanger.start({ stack: this.stack, seed, products, log });
    this.runner = new CellRunner(this.hub.world, seed);
    return this.runner;
  }

  private async end(): Promise<void> {
    const { hub } = this;
    [this.hub, this.runner] = [null, null];
    await hub?.drop();
  }
}

function names(cells: readonly Cell[]): string {
  return cells.map(({ name }) => name).join('\n  ');
}

function readResults(set: CellSet, wanted: ReadonlySet<string>): CellResult[] {
  const file = join(FAULTS_FOLDER, `${set}.json`);
  if (wanted.size === 0 || !existsSync(file)) return [];
  const results = JSON.parse(readFileSync(file, 'utf8')) as CellResult[];
  return results.filter(({ cell }) => wanted.has(cell));
}
