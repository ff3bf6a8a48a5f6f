// The page of all components shows each of them, in every state, in both themes and on a narrow screen.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './support/demo.ts';
import { expect, open, test } from './support/journey.ts';

/** Files of `app/src/ui` that are no part of a page by themselves. */
const NO_PART = ['html', 'mod', 'rego'];
const files = readdirSync(join(root, 'app/src/ui'))
  .filter((name) => name.endsWith('.rs'))
  .map((name) => name.replace(/\.rs$/, ''))
  .filter((name) => !NO_PART.includes(name));

/** Every state that a badge may tell, as `data-state` names it. */
const STATES = [
  'allowed', 'denied', 'exempted', 'advice', 'undefined', 'error',
  'draft', 'requested', 'approved', 'in-force', 'expiring', 'expired', 'revoked', 'lapsed', 'withdrawn',
  'converged', 'converging', 'stale', 'silent',
  'active', 'shadow', 'deprecated', 'retired', 'passed', 'failed', 'skipped', 'running', 'warning',
];

/** What is on the page of each component with more than one look, within its card. */
const VARIANTS: Record<string, string[]> = {
  button: ['.button.primary', '.button.quiet', '.button.danger', '.button.danger.solid', '.button.small', '[aria-busy=true]', '[aria-disabled=true]', 'a.button'],
  callout: ['[data-tone=good]', '[data-tone=bad]', '[data-tone=caution]', '[data-tone=advice]', '[data-tone=exempt]'],
  card: ['.card.emphasis'],
  chart: ['.area', '.threshold', '.gap', 'rect', '.spark', 'details table'],
  check_list: ['[data-state=passed]', '[data-state=failed]', '[data-state=skipped]'],
  data_table: ['th[aria-sort=ascending]', 'th a', '.pick input'],
  diff: ['ins, .add', 'del, .del', 'mark'],
  empty_state: ['.empty-state', '.empty-state[data-tone=fault]'],
  field: ['input[type=date]', 'input[type=file]', 'select', 'textarea', 'input[type=checkbox]', 'input[type=radio]', '[aria-invalid=true]'],
  filter_bar: ['.chip', '.hits', '.unread', 'input[type=search]', 'select', 'input[type=checkbox]', 'input[type=date]'],
  fold: ['details:not([open])', 'details[open]'],
  pager: ['a[data-step=next]', '[aria-disabled=true][data-step=prev]'],
  pipeline: ['li.next'],
  progress: ['progress', '.convergence [data-state=stale]', '.convergence [data-state=silent]'],
  stat: ['dd a', '.note'],
  segmented: ['[aria-current]'],
  timeline: ['.dot[data-tone=good]', '.dot[data-tone=accent]'],
  toast: ['[data-tone=good]', '[data-tone=accent]', '[data-tone=bad]', 'a', 'button'],
  tabs: ['[aria-current=page]'],
};

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1440, 390]) {
    test(`every component is shown, ${colorScheme}, ${width} px wide`, async ({ signIn }) => {
      const arthur = await signIn('Arthur Author', { colorScheme, viewport: { width, height: 900 } });
      await open(arthur, '/ui');
      for (const file of files) await expect(arthur.locator(`#ui-${file}`), file).toBeVisible();
      const states = arthur.locator('#ui-state');
      for (const state of STATES) {
        for (const look of [':not(.filled)', '.filled']) {
          const badge = states.locator(`.state${look}[data-state=${state}]`).first();
          await expect(badge, state).toBeVisible();
          await expect(badge, state).not.toBeEmpty();
          expect(await badge.evaluate((one) => getComputedStyle(one, '::before').maskImage), `${state} has an icon`).toContain('url');
        }
      }
      for (const [file, variants] of Object.entries(VARIANTS)) {
        for (const variant of variants) {
          expect(await arthur.locator(`#ui-${file}`).locator(variant).count(), `${file} ${variant}`).toBeGreaterThan(0);
        }
      }
      const wider = await arthur.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wider, 'wider than its screen by').toBeLessThanOrEqual(0);
    });
  }
}

test('no two states have the same icon within a group of meanings, so that a grey print still reads', async ({ signIn }) => {
  const arthur = await signIn('Arthur Author');
  await open(arthur, '/ui');
  const shapes = await arthur.locator('#ui-state dd').evaluateAll((groups) =>
    groups.map((group) =>
      [...group.querySelectorAll('.state:not(.filled)')].map((one) => getComputedStyle(one, '::before').maskImage),
    ),
  );
  for (const group of shapes) expect(new Set(group).size).toBe(group.length);
});

test('the numbers of a chart are read as a table too', async ({ signIn }) => {
  const arthur = await signIn('Arthur Author');
  await open(arthur, '/ui');
  const chart = arthur.locator('#ui-chart figure').first();
  await chart.getByText('As a table').click();
  const rows = chart.locator('tbody tr');
  await expect(rows).toHaveCount(24);
  await expect(rows.filter({ hasText: '08:00' })).toContainText('7.2 %');
  await expect(rows.filter({ hasText: 'nothing known' })).toHaveCount(2);
});
