// How somebody acts on a page: by mouse or by the keyboard alone, counted. What counts is each activation; moving
// there, by hand or by Tab, and typing words are free.

import { expect, type Locator, type Page } from '@playwright/test';

/** More stops than lead to anything. */
const MOST = 400;

export abstract class Hand {
  activations = 0;

  constructor(readonly page: Page) {}

  /** Presses a button or follows a link. */
  abstract press(thing: Locator): Promise<void>;
  /** Types into a field, in the place of what is there. */
  abstract type(field: Locator, words: string): Promise<void>;
  /** Types a day, such as 2026-05-20, into a field of days. */
  abstract day(field: Locator, day: string): Promise<void>;
  /** Chooses from a list by the words of an entry. */
  abstract choose(list: Locator, entry: string): Promise<void>;
  /** Checks a box. */
  abstract check(box: Locator): Promise<void>;
  /** Chooses one of several radio buttons. */
  abstract pick(radio: Locator): Promise<void>;
}

export class Mouse extends Hand {
  async press(thing: Locator): Promise<void> {
    this.activations += 1;
    await thing.click();
  }

  async type(field: Locator, words: string): Promise<void> {
    await field.fill(words);
  }

  day(field: Locator, day: string): Promise<void> {
    return this.type(field, day);
  }

  async choose(list: Locator, entry: string): Promise<void> {
    this.activations += 1;
    await list.selectOption({ label: entry });
  }

  async check(box: Locator): Promise<void> {
    this.activations += 1;
    await box.check();
  }

  pick(radio: Locator): Promise<void> {
    return this.check(radio);
  }
}

export class Keys extends Hand {
  async press(thing: Locator): Promise<void> {
    await this.tabTo(thing);
    this.activations += 1;
    await this.page.keyboard.press('Enter');
  }

  async type(field: Locator, words: string): Promise<void> {
    await this.tabTo(field);
    await this.page.keyboard.press('ControlOrMeta+A');
    await this.page.keyboard.type(words);
  }

  async day(field: Locator, day: string): Promise<void> {
    await this.tabTo(field);
    // Its parts follow one another as the browser itself writes days, whatever the language of pages: month first.
    const [year, month, date] = day.split('-');
    await this.page.keyboard.type(`${month}${date}${year}`);
    await expect(field).toHaveValue(day);
  }

  async choose(list: Locator, entry: string): Promise<void> {
    await this.tabTo(list);
    this.activations += 1;
    // A list leads to the entry whose beginning is typed.
    await this.page.keyboard.type(entry);
    await expect(list.locator('option:checked')).toHaveText(entry);
  }

  async check(box: Locator): Promise<void> {
    await this.tabTo(box);
    this.activations += 1;
    await this.page.keyboard.press('Space');
    await expect(box).toBeChecked();
  }

  /** Tab leads to one of those of a name, and arrow keys to the others. */
  async pick(radio: Locator): Promise<void> {
    await expect(radio).toBeVisible();
    const isNear = () => radio.evaluate((one) => document.activeElement?.getAttribute('name') === one.getAttribute('name'));
    await this.pressUntil('Tab', isNear, radio);
    this.activations += 1;
    await this.pressUntil('ArrowDown', () => isFocused(radio), radio);
    // The first of them has the focus before it is chosen.
    if (!(await radio.isChecked())) await this.page.keyboard.press('Space');
    await expect(radio).toBeChecked();
  }

  /** Presses Tab until the thing has the focus. */
  async tabTo(thing: Locator): Promise<void> {
    await expect(thing).toBeVisible();
    await this.pressUntil('Tab', () => isFocused(thing), thing);
  }

  private async pressUntil(key: string, there: () => Promise<boolean>, thing: Locator): Promise<void> {
    for (let stop = 0; stop < MOST; stop += 1) {
      if (await there()) return;
      await this.page.keyboard.press(key);
    }
    throw new Error(`${key} does not lead to ${thing}`);
  }
}

function isFocused(thing: Locator): Promise<boolean> {
  return thing.evaluate((element) => element === document.activeElement);
}

/** Fails unless the first stop of a page that has just come leads past the nav. */
export async function leadsPastNav(page: Page): Promise<void> {
  await page.waitForLoadState();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('main').locator(':focus')).toHaveCount(1);
}

/** Fails where what was acted on has taken the focus with it: the next Tab would begin at the top of the page. */
export async function keepsFocus(page: Page): Promise<void> {
  const where = () => page.evaluate(() => document.activeElement?.tagName ?? 'nothing');
  await expect.poll(where, { message: 'what has the focus after acting' }).not.toBe('BODY');
}
