// Every page, in both themes, wide and narrow: how it looks, beside the picture that was accepted (`make pictures`
// accepts anew), what axe-core finds, what the console says, how far Tab leads, and whether it fits 320 px.
// PAGE=name looks at the pages whose name begins so.

import { join } from 'node:path';

import type { Browser, Page } from '@playwright/test';

import { listen } from './support/console.ts';
import { root } from './support/demo.ts';
import { DEVIATIONS } from './support/deviations.ts';
import { walk } from './support/focus.ts';
import { expect, isAlive, test, type Name } from './support/journey.ts';
import { PAGES, routesOfPages, type Shown } from './support/pages.ts';
import { NOW, Scene, type Made } from './support/scene.ts';
import { sheets, sheetsThere, writeSheets } from './support/sheets.ts';
import { shrink } from './support/png.ts';
import { axe, inTheme, moves, shifts, tooWide, watchShifts } from './support/seen.ts';
import { rows, write, written, type Findings } from './support/table.ts';

const PICTURES = join(root, 'docs/pictures');
const WIDTHS = [1440, 390] as const;
const HEIGHTS = { 1440: 900, 390: 844 };
const THEMES = ['light', 'dark'] as const;
/** Pixels of a long page that its picture shows: the rest is more of the same. */
const TALLEST = 4_000;
/** The width of a phone, or of a page at 400 %. */
const NARROWEST = 320;

test('the list of pages is the list of the server', () => {
  const listed = PAGES.flatMap(({ route }) => route ?? []);
  expect(listed.toSorted()).toEqual(routesOfPages().toSorted());
  const names = PAGES.map(({ name }) => name);
  expect(new Set(names).size, 'a name for each').toBe(names.length);
});

test('each page has its sheet, with the drawing and where it differs', () => {
  const names = PAGES.map(({ name }) => name);
  expect(names, 'what differs is told of pages').toEqual(expect.arrayContaining(Object.keys(DEVIATIONS)));
  if (accepts()) writeSheets();
  expect(sheetsThere(), 'the sheets of docs/design, which `make pictures` writes').toEqual(sheets());
});

/** Whether what is found now is what is to be. */
function accepts(): boolean {
  return ['all', 'changed'].includes(test.info().config.updateSnapshots);
}

test('every page looks as accepted, and keeps what is promised of all pages', async ({ browser }) => {
  test.setTimeout(900_000);
  const chosen = PAGES.filter(({ name }) => name.startsWith(process.env['PAGE'] ?? ''));
  const { demo, made } = await Scene.set();
  const found = new Map(chosen.map((shown) => [shown.name, { at: shown.route ?? shown.at(made), findings: nothing() }]));
  try {
    for (const width of WIDTHS) {
      const look = new Look(browser, demo.addresses.portal, width);
      await look.signIn();
      for (const shown of chosen) {
        await test.step(`${shown.name}, ${width} px`, () => look.at(shown, made, found.get(shown.name)!.findings));
      }
      await look.over();
    }
  } finally {
    await demo.stop();
    demo.forget();
  }
  if (accepts()) shrink(PICTURES);
  if (chosen.length < PAGES.length) return;
  if (accepts()) write(rows(found));
  expect(written(), 'the table of docs/proof.md, which `make pictures` writes').toBe(rows(found));
});

function nothing(): Findings {
  return { axe: 0, keyboard: 0, console: 0, narrow: 0 };
}

/** Browsers of one width, one for each person, who stays signed in. */
class Look {
  private readonly pages = new Map<Name | undefined, Page>();
  /** What consoles complained of since it was last asked. */
  private complaints: string[] = [];

  constructor(
    private readonly browser: Browser,
    private readonly portal: string,
    private readonly width: (typeof WIDTHS)[number],
  ) {}

  /** Opens a page and looks at all of it. */
  async at(shown: Shown, made: Made, findings: Findings): Promise<void> {
    const page = await this.pageOf(shown.who);
    this.complaints = [];
    const answer = await page.goto(shown.at(made));
    expect.soft(answer!.status(), shown.name).toBe(shown.status ?? 200);
    if (!shown.plain) await isAlive(page);
    await page.evaluate(() => document.fonts.ready);
    told(`${shown.name}: what moved by itself`, await shifts(page));
    await settle(page, shown.without);
    for (const theme of THEMES) {
      await inTheme(page, theme);
      const name = `${shown.name}-${theme}-${this.width}`;
      findings.axe += told(`${name}: axe-core`, await axe(page));
      await expect.soft(page).toHaveScreenshot(`${name}.png`, { fullPage: true, ...(await this.clipped(page, shown)) });
    }
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    told(`${shown.name}: with less motion`, await moves(page));
    await page.emulateMedia({ reducedMotion: null });
    if (this.width === 390) await this.narrow(page, shown, findings);
    else findings.keyboard += told(`${shown.name}: by Tab`, await walk(page));
    const expected = shown.status ? this.complaints.filter((one) => !one.includes(`status of ${shown.status}`)) : this.complaints;
    findings.console += told(`${shown.name}: console`, expected);
  }

  /** Signs everybody in who looks at something, so that the log of it is the same whichever pages are chosen. */
  async signIn(): Promise<void> {
    for (const who of new Set(PAGES.map(({ who }) => who))) await this.pageOf(who);
  }

  async over(): Promise<void> {
    for (const page of this.pages.values()) await page.context().close();
  }

  private async narrow(page: Page, shown: Shown, findings: Findings): Promise<void> {
    const size = { width: this.width, height: HEIGHTS[this.width] };
    for (const width of [this.width, NARROWEST]) {
      await page.setViewportSize({ ...size, width });
      const wider = await tooWide(page);
      expect.soft(wider, `${shown.name} is wider than ${width} px by`).toBe(0);
      findings.narrow += wider;
    }
    await page.setViewportSize(size);
  }

  /** Of a long page, as much as a picture shows. */
  private async clipped(page: Page, { whole }: Shown): Promise<{ clip?: { x: number; y: number; width: number; height: number } }> {
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    return whole || height <= TALLEST ? {} : { clip: { x: 0, y: 0, width: this.width, height: TALLEST } };
  }

  private async pageOf(who: Name | undefined): Promise<Page> {
    const there = this.pages.get(who);
    if (there) return there;
    const viewport = { width: this.width, height: HEIGHTS[this.width] };
    const context = await this.browser.newContext({ baseURL: this.portal, viewport });
    const page = await context.newPage();
    this.pages.set(who, page);
    await page.clock.setFixedTime(NOW);
    await watchShifts(page);
    listen(context, who ?? 'a stranger', ({ said }) => this.complaints.push(said));
    if (!who) return page;
    await page.goto('/sign-in');
    await isAlive(page);
    await page.getByRole('button', { name: who }).click();
    await expect(page).toHaveURL('/');
    return page;
  }
}

/** Fails without ending, and counts. */
function told(what: string, faults: string[]): number {
  expect.soft(faults, what).toEqual([]);
  return faults.length;
}

/**
 * Puts something else in the place of what no run can foretell: what an engine calls itself, and how long a test took.
 * What an OPA told while it started is left out.
 */
function settle(page: Page, without?: string): Promise<void> {
  return page.evaluate((without) => {
    for (const one of without ? document.querySelectorAll<HTMLElement>(without) : []) one.style.display = 'none';
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode as Text;
      const told = text.data
        .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '00000000-0000-4000-8000-000000000000')
        .replace(/\bembedded-[\w.-]+-\d+\b/g, 'embedded-host-3000')
        .replace(/^\d+\.\d ms$/, '0.4 ms');
      if (told !== text.data) text.data = told;
    }
  }, without);
}
