// Keys that act by themselves, the sheet that tells them, and the switch that turns them off.

import { fresh, requestException } from './support/deeds.ts';
import { expect, isAlive, open, test } from './support/journey.ts';

test('two keys lead to a place, and never while somebody types', async ({ signIn }) => {
  const adam = await signIn('Adam Approver');
  await adam.keyboard.press('g');
  await adam.keyboard.press('e');
  await expect(adam).toHaveURL('/exceptions');
  await expect(adam.getByRole('heading', { level: 1, name: 'Exceptions' })).toBeFocused();

  await adam.keyboard.press('/');
  const filter = adam.getByRole('searchbox').first();
  await expect(filter).toBeFocused();
  await adam.keyboard.type('gf?');
  await expect(filter).toHaveValue('gf?');
  await expect(adam).toHaveURL('/exceptions');
});

test('a list is walked, opened and approved from by keys', async ({ signIn }) => {
  const bucket = fresh('walked');
  const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
  const [older, newer] = [await requestException(rita, bucket), await requestException(rita, bucket)];
  await open(adam, `/exceptions?text=${bucket}`);
  const link = (number: string) => adam.getByRole('main').getByRole('link', { name: number });
  await adam.keyboard.press('j');
  await expect(link(newer)).toBeFocused();
  await adam.keyboard.press('j');
  await expect(link(older)).toBeFocused();
  await adam.keyboard.press('k');
  await expect(link(newer)).toBeFocused();
  await adam.keyboard.press('e');
  await expect(adam.getByRole('heading', { level: 1, name: newer })).toBeFocused();
  await adam.keyboard.press('a');
  // It leads to approving; that takes another key.
  await expect(adam.getByRole('button', { name: 'Approve', exact: true })).toBeFocused();
  await expect(adam.getByText('Waiting for decision').first()).toBeVisible();
});

test('the sheet tells the keys, and turns them off and on', async ({ signIn }) => {
  const otto = await signIn('Otto Operator');
  const sheet = otto.getByRole('dialog', { name: 'Shortcuts' });
  await otto.keyboard.press('?');
  await expect(sheet.getByText('Go to Fleet')).toBeVisible();
  await expect(sheet.getByText('Next in the list')).toBeVisible();
  await sheet.getByRole('button', { name: 'Turn single keys off' }).click();
  await expect(sheet.getByRole('button', { name: 'Turn single keys on' })).toBeVisible();
  await otto.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);
  // Also after the page is loaded anew.
  await open(otto, '/');
  await otto.keyboard.press('?');
  await otto.keyboard.press('g');
  await otto.keyboard.press('f');
  await expect(otto).toHaveURL('/');
  await expect(sheet).toHaveCount(0);
  await otto.keyboard.press('Control+k');
  await expect(otto.getByRole('dialog', { name: 'Find or do' })).toBeVisible();
});

test('without scripts the keys are told on a page, where they are turned off', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor', { scripts: false });
  await iris.goto('/shortcuts');
  await expect(iris.getByText('Go to Exceptions')).toBeVisible();
  await iris.getByRole('button', { name: 'Turn single keys off' }).click();
  await expect(iris).toHaveURL('/shortcuts');
  await expect(iris.getByRole('button', { name: 'Turn single keys on' })).toBeVisible();
});

test('the focus goes to the heading of a page and stays with what had it when the page is laid out anew', async ({ signIn }) => {
  const adam = await signIn('Adam Approver');
  const nav = adam.getByRole('navigation', { name: 'Main' });
  await nav.getByRole('link', { name: 'Fleet' }).click();
  await expect(adam.getByRole('heading', { level: 1, name: 'Fleet' })).toBeFocused();
  await adam.goBack();
  await isAlive(adam);
  await expect(adam.getByRole('heading', { level: 1 })).toBeFocused();

  const author = await signIn('Arthur Author');
  await open(author, '/fleet');
  const reload = author.getByRole('button', { name: 'Trigger reload' }).first();
  await reload.focus();
  await author.keyboard.press('Enter');
  await expect(author.getByText('were told to load anew')).toBeVisible();
  await expect(reload).toBeFocused();
});
