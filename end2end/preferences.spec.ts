// What somebody prefers is there before the page is first drawn, with scripts and without.

import type { Page } from '@playwright/test';

import { expect, open, test } from './support/journey.ts';

const html = (page: Page) => page.locator('html');

test('theme, density, times and keys are kept, and written by the server', async ({ signIn }) => {
  const adam = await signIn('Adam Approver');
  await open(adam, '/preferences');
  await adam.getByRole('group', { name: 'Theme' }).getByText('Dark').click();
  await adam.getByRole('group', { name: 'Density' }).getByText('Compact').click();
  await adam.getByLabel('Times').selectOption('local+330');
  await adam.getByRole('button', { name: 'Keep' }).click();
  await expect(adam.getByText('Kept.')).toBeVisible();
  await expect(html(adam)).toHaveAttribute('data-theme', 'dark');
  await expect(html(adam)).toHaveAttribute('data-density', 'compact');

  const written = await (await adam.request.get('/releases')).text();
  expect(written).toMatch(/<html[^>]*data-theme="dark"[^>]*data-density="compact"/);
  expect(written).toMatch(/\d\d:\d\d:\d\d UTC\+05:30/);
  await open(adam, '/releases');
  await expect(adam.locator('time').first()).toContainText(/^\d+ \w+ \d+, \d\d:\d\d:\d\d UTC\+05:30/);
  await open(adam, '/preferences');
  await expect(adam.getByRole('radio', { name: 'Dark' })).toBeChecked();
  await expect(adam.getByLabel('Times')).toHaveValue('local+330');
});

test('the theme menu goes once something is chosen, at Escape, and at a click beside it', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor');
  const [menu, opener] = [iris.locator('#theme-menu'), iris.getByRole('button', { name: 'Light or dark' })];
  await opener.click();
  await menu.getByRole('button', { name: 'Dark' }).click();
  await expect(html(iris)).toHaveAttribute('data-theme', 'dark');
  await expect(menu).toBeHidden();
  await opener.click();
  await expect(menu).toBeVisible();
  await iris.keyboard.press('Escape');
  await expect(menu).toBeHidden();
  await opener.click();
  await iris.getByRole('heading', { level: 1 }).click();
  await expect(menu).toBeHidden();
});

test('the nav stays in sight on a long page, and scrolls by itself', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor', { viewport: { width: 1280, height: 400 } });
  await open(iris, '/ui');
  await iris.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  const nav = iris.getByRole('navigation', { name: 'Main' });
  await expect(nav.getByRole('link', { name: 'Home' })).toBeInViewport();
  await nav.getByRole('link', { name: 'Decisions' }).scrollIntoViewIfNeeded();
  await expect(nav.getByRole('link', { name: 'Decisions' })).toBeInViewport();
});

test('one button tells all times exactly, in UTC, and takes it back', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor');
  await open(iris, '/releases');
  const time = iris.locator('time').first();
  await expect(time.locator('.told')).toHaveText(/ago|just now/);
  const button = iris.getByRole('button', { name: 'UTC' });
  await button.click();
  await expect(button).toHaveAttribute('aria-pressed', 'true');
  await expect(time.locator('.told')).toHaveText(/\d\d:\d\d:\d\d UTC$/);
  await button.click();
  await expect(button).toHaveAttribute('aria-pressed', 'false');
  await expect(time.locator('.told')).toHaveText(/ago|just now/);
});

test('the exact time is seen on hover and on focus, and a long list has no stop for each', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor');
  await open(iris, '/versions');
  const row = iris.getByRole('row').nth(1);
  const tip = row.locator('time .tip');
  const width = () => tip.evaluate((element) => element.getBoundingClientRect().width);
  expect(await width()).toBeLessThan(2);
  await row.locator('time').hover();
  await expect.poll(width).toBeGreaterThan(60);
  await iris.mouse.move(0, 0);
  await expect.poll(width).toBeLessThan(2);
  await iris.keyboard.press('j');
  await expect(row.getByRole('link').first()).toBeFocused();
  await expect.poll(width).toBeGreaterThan(60);
  await expect(iris.locator('table time[tabindex]')).toHaveCount(0);
  await expect(row.locator('time')).toHaveAttribute('datetime', /^\d{4}-\d\d-\d\dT/);
});

test('an environment is chosen, said by the address and above the list, and left again', async ({ signIn }) => {
  const adam = await signIn('Adam Approver');
  await open(adam, '/releases');
  const shown = (name: string) => adam.getByRole('main').getByRole('heading', { level: 2, name, exact: true });
  await expect(shown('staging')).toBeVisible();
  await adam.getByRole('button', { name: 'Environment: All environments' }).click();
  await adam.getByRole('button', { name: 'production', exact: true }).click();
  await expect(adam).toHaveURL('/releases?environment=production');
  await expect(shown('production')).toBeVisible();
  await expect(shown('staging')).toHaveCount(0);
  await expect(adam.getByText('Only production, as you chose above.')).toBeVisible();

  await adam.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Fleet' }).click();
  await expect(adam).toHaveURL('/fleet?environment=production');
  await adam.getByRole('main').getByRole('link', { name: 'Show all environments' }).click();
  await expect(adam).toHaveURL('/fleet');
  await expect(adam.getByText('Only production, as you chose above.')).toHaveCount(0);
});

test('without scripts the page comes back as it was chosen', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor', { scripts: false });
  await iris.goto('/fleet');
  await iris.getByRole('button', { name: 'Environment: All environments' }).click();
  await iris.getByRole('button', { name: 'staging', exact: true }).click();
  await expect(iris).toHaveURL('/fleet?environment=staging');
  await expect(iris.getByText('Only staging, as you chose above.')).toBeVisible();
  await iris.goto('/preferences');
  await iris.getByRole('group', { name: 'Theme' }).getByText('Dark').click();
  await iris.getByRole('button', { name: 'Keep' }).click();
  await expect(iris).toHaveURL(/\/preferences/);
  await expect(html(iris)).toHaveAttribute('data-theme', 'dark');
});

test('browsers from before light-dark() get the light theme whole', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor');
  const css = await (await iris.request.get('/pkg/app.css')).text();
  const alone = /@supports not \(color:light-dark\(#fff,#000\)\)\{([^}]*)\}/.exec(css)![1]!;
  expect(alone).toContain('--ground:#f8fafb');
  expect(alone).not.toContain('light-dark');
  const named = (text: string) => new Set(text.match(/--[\w-]+(?=:)/g));
  const both = named([...css.matchAll(/--[\w-]+:[^;}]*light-dark\([^;}]*/g)].join(';'));
  expect(named(alone)).toEqual(both);
});
