import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

/** Both widths at which every page is looked at. */
export const WIDTHS = { wide: { width: 1280, height: 860 }, narrow: { width: 390, height: 844 } } as const;

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];
const ARTEFACTS = join(import.meta.dirname, '../../.plumbline/artefacts/pages');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** How a page is looked at. */
export interface Look {
  readonly size: keyof typeof WIDTHS;
  readonly colours: 'light' | 'dark';
}

interface AxeRun {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly help: string;
    readonly nodes: readonly { readonly target: readonly string[]; readonly html: string }[];
  }[];
}

/** Debian's Chromium, without a sandbox where we are root. @throws Error that says how to install it */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = CHROMIUM.find((path) => existsSync(path));
  if (!executablePath) throw new Error('Chromium is not installed: run `apt-get install -y chromium`.');
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args });
}

/** A page that keeps what went wrong in it: errors, refused scripts and styles, requests to anywhere else. */
export class WatchedPage {
  readonly problems: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly base: string,
  ) {}

  static async open(
    browser: Browser,
    base: string,
    { size = 'wide', colours = 'light' }: Partial<Look> = {},
  ): Promise<WatchedPage> {
    const context = await browser.newContext({ viewport: WIDTHS[size], colorScheme: colours });
    const watched = new WatchedPage(await context.newPage(), base);
    const { page, problems } = watched;
    page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      const isRefusal = /Content Security Policy/.test(message.text());
      if (isRefusal) problems.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(base) && !request.url().startsWith('data:'))
        problems.push(`request: ${request.url()}`);
    });
    return watched;
  }

  async goto(path: string): Promise<void> {
    await this.page.goto(`${this.base}${path}`);
  }

  async signIn(password: string): Promise<void> {
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.page.getByRole('search').waitFor();
  }

  /** Serious and critical findings of axe, each with its first element. */
  async findBarriers(): Promise<string[]> {
    await this.page.evaluate(AXE);
    const run = await this.page.evaluate<AxeRun>(
      '(async () => { const { violations } = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }); return { violations }; })()',
    );
    const serious = run.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    return serious.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.target.join(' ')} ${nodes[0]?.html}`);
  }

  /** How far the page is wider than the screen. */
  async findOverflow(): Promise<number> {
    return this.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  }

  /** Labels of open tabs that are not all on the screen. */
  async findTabsOutOfSight(): Promise<string[]> {
    return this.page.evaluate(
      `[...document.querySelectorAll('[role=tab][data-state=active]')].filter((tab) => {
        const { left, right } = tab.getBoundingClientRect();
        return left < 0 || right > document.documentElement.clientWidth;
      }).map((tab) => tab.textContent)`,
    );
  }

  async shoot(name: string): Promise<void> {
    mkdirSync(ARTEFACTS, { recursive: true });
    await this.page.screenshot({ path: join(ARTEFACTS, `${name}.png`), fullPage: true });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
