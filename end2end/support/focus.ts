// A walk over a page by Tab, as somebody without a mouse takes it.

import type { Page } from '@playwright/test';

/** More stops than any page has. */
const MOST = 1_500;

/** Walks from the top of the page to its end; returns what is wrong, each in a line. */
export async function walk(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    window.scrollTo(0, 0);
    Object.assign(window, { walked: new Set<Element>(), last: null });
  });
  const wrong: string[] = [];
  let nothing = 0;
  for (let stop = 0; stop < MOST; stop += 1) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(look);
    // Between the end and the beginning the focus may be on the browser itself, once.
    if (seen === 'nothing') nothing += 1;
    if (seen === 'again' || nothing > 1) return [...wrong, ...(await page.evaluate(left))];
    if (seen && seen !== 'nothing') wrong.push(seen);
  }
  return [...wrong, `the walk has no end after ${MOST} stops`];
}

/** Looks at what has the focus: no word when all is well, `again` where the walk has been before. */
function look(): string | undefined {
  const own = window as unknown as { walked: Set<Element>; last: Element | null };
  const { walked, last } = own;
  const element = document.activeElement;
  if (!element || element === document.body) return 'nothing';
  // A field of a date has a stop for each of its parts.
  if (element === last) return undefined;
  if (walked.has(element)) return 'again';
  own.last = element;
  walked.add(element);
  const name = element.outerHTML.slice(0, 140);
  // What is drawn of a field may be its label, where the field itself is laid aside.
  const drawn = element instanceof HTMLInputElement && element.labels?.[0] ? [element, element.labels[0]] : [element];
  const box = drawn.map((one) => one.getBoundingClientRect()).find(({ width, height }) => width > 1 && height > 1);
  if (!box) return `has the focus and no size: ${name}`;
  const [right, bottom] = [window.innerWidth, window.innerHeight];
  if (box.right <= 0 || box.left >= right || box.bottom <= 0 || box.top >= bottom) return `has the focus off the screen: ${name}`;
  const points = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [box.left + x * box.width, box.top + y * box.height]));
  const over = (one: Element, top: Element) => one.contains(top) || top.contains(one);
  const uncovered = points.some(([x, y]) => {
    const top = document.elementFromPoint(x!, y!);
    return top !== null && drawn.some((one) => over(one, top));
  });
  if (!uncovered) return `has the focus below something else: ${name}`;
  const ringed = [...drawn, ...element.querySelectorAll('*'), element.parentElement!].some((one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) > 0;
  });
  return ringed ? undefined : `has the focus and does not show it: ${name}`;
}

/** What could have been reached and was not. */
function left(): string[] {
  const { walked } = window as unknown as { walked: Set<Element> };
  const acting = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const open = document.querySelector('dialog:modal');
  return [...(open ?? document).querySelectorAll<HTMLElement>(acting)]
    .filter((one) => one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }) && !one.matches(':disabled'))
    .filter((one) => !walked.has(one) && !inReach(one))
    .map((one) => `Tab does not lead to ${one.outerHTML.slice(0, 140)}`);

  /** Of radio buttons of one name, arrow keys reach those that Tab does not. */
  function inReach(one: HTMLElement): boolean {
    if (!(one instanceof HTMLInputElement) || one.type !== 'radio') return false;
    return [...walked].some((other) => other instanceof HTMLInputElement && other.name === one.name);
  }
}
