// Lists: shared by their address, gone through, sorted, narrowed, kept as views, and acted on row by row.

import { readFileSync } from 'node:fs';

import type { Page } from '@playwright/test';

import { fresh, requestException } from './support/deeds.ts';
import { expect, isAlive, open, test } from './support/journey.ts';
import { untilDenied, untilExempted } from './support/opa.ts';

/** The numbers in the rows of the page's table, from the top. */
async function numbers(page: Page): Promise<string[]> {
  const names = await page.getByRole('rowheader').allTextContents();
  return names.map((name) => /EXC-\d+/.exec(name)?.[0] ?? name);
}

async function approve(approver: Page, number: string): Promise<void> {
  await open(approver, `/exceptions/${number}`);
  await approver.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect(approver.getByText('approved it until')).toBeVisible();
}

test('a filter is an address: somebody else sees the same rows, and the back button brings it back', async ({ signIn }) => {
  const name = fresh('shared');
  const [rita, iris] = [await signIn('Rita Requester'), await signIn('Iris Auditor')];
  const first = await requestException(rita, `${name}-1`);
  const second = await requestException(rita, `${name}-2`);

  await open(rita, '/exceptions');
  await rita.getByRole('searchbox').fill(name);
  await rita.getByRole('combobox', { name: 'State' }).selectOption('Waiting for decision');
  await rita.getByRole('button', { name: 'Filter' }).click();
  await isAlive(rita);
  await expect(rita, 'what is empty stands in no address').toHaveURL(`/exceptions?text=${name}&standing=requested`);
  await expect(rita.getByText('2 exceptions')).toBeVisible();
  expect(await numbers(rita)).toEqual([second, first]);

  await open(iris, new URL(rita.url()).pathname + new URL(rita.url()).search);
  expect(await numbers(iris)).toEqual([second, first]);
  await iris.getByRole('columnheader', { name: 'Exception' }).getByRole('link').click();
  await expect(iris).toHaveURL(/sort=number/);
  await expect(iris.getByRole('columnheader', { name: 'Exception' })).toHaveAttribute('aria-sort', 'ascending');
  await expect.poll(() => numbers(iris)).toEqual([first, second]);
  await iris.getByRole('rowheader').first().getByRole('link').click();
  await expect(iris).toHaveURL(`/exceptions/${first}`);
  await iris.goBack();
  await expect.poll(() => numbers(iris)).toEqual([first, second]);
  await iris.goBack();
  await expect.poll(() => numbers(iris)).toEqual([second, first]);

  await iris.getByRole('link', { name: 'Remove State: Waiting for decision' }).click();
  await expect(iris).not.toHaveURL(/standing=/);
  await expect(iris.getByRole('searchbox')).toHaveValue(name);
});

test('an address with nonsense is a page with a notice, and what could be read of it holds', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor');
  await open(iris, '/exceptions?standing=awful&severity=high&state=foo&after=x');
  await expect(iris.getByText('Could not read')).toBeVisible();
  for (const part of ['standing=awful', 'state=foo', 'after=x']) await expect(iris.getByText(part, { exact: true })).toBeVisible();
  await expect(iris.getByRole('link', { name: 'Remove Severity: high' })).toBeVisible();
  for (const list of ['/policies', '/versions', '/changesets', '/releases/history', '/audit', '/decisions', '/exceptions']) {
    const answer = await iris.goto(`${list}?text=%00&sort=x&before=%3Cscript%3Ealert(1)%3C/script%3E&since=2026-02-31&x=${'y'.repeat(3000)}`);
    expect(answer!.status(), list).toBe(200);
    await isAlive(iris);
    await expect(iris.getByText('Could not read'), list).toBeVisible();
    expect(await iris.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), list).toBe(true);
  }
});

test('what is nowhere, and days in reverse, are told and narrow nothing', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor');
  for (const list of ['/exceptions', '/decisions', '/releases', '/releases/history', '/fleet']) {
    await open(iris, `${list}?environment=mars`);
    await expect(iris.getByText('environment=mars', { exact: true }), list).toBeVisible();
    await expect(iris.getByRole('link', { name: 'Remove Environment: mars' }), list).toHaveCount(0);
  }
  for (const list of ['/audit', '/decisions']) {
    await open(iris, `${list}?since=2026-06-02&until=2026-06-01`);
    await expect(iris.getByText('it ends before it begins'), list).toBeVisible();
  }
});

test('the fleet counts what its list shows, and says to what it is narrowed', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor');
  await open(iris, '/fleet?environment=staging');
  const rows = iris.getByRole('table', { name: 'Instances' }).locator('tbody > tr');
  const shown = await rows.count();
  await expect(iris.getByText(new RegExp(`^${shown} of \\d+ instances: `))).toBeVisible();
  await expect(iris.getByText(new RegExp(`^${shown} of \\d+ instances$`))).toBeVisible();
  await iris.getByRole('link', { name: 'Remove Environment: staging' }).click();
  await expect(iris).toHaveURL('/fleet');
  await expect.poll(() => rows.count()).toBeGreaterThan(shown);
});

test('what was picked and is not there is said to be so', async ({ signIn }) => {
  const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
  const number = await requestException(rita, fresh('picked'));
  await approve(adam, number);
  await open(adam, `/exceptions/revoke?number=${number}&number=EXC-77777`);
  await expect(adam.getByRole('heading', { level: 1, name: 'Revoke 1 exception' })).toBeVisible();
  await expect(adam.getByText('Not found:')).toBeVisible();
  await expect(adam.getByText('EXC-77777', { exact: true })).toBeVisible();
  await open(adam, '/exceptions/revoke?number=EXC-77777');
  await expect(adam.getByText('EXC-77777', { exact: true })).toBeVisible();
  await expect(adam.getByText('No exception was picked')).toHaveCount(0);
});

test('a view is kept under a name, shown as a tab, and removed', async ({ signIn }) => {
  const otto = await signIn('Otto Operator');
  const name = fresh('view');
  await open(otto, '/exceptions?severity=high&sort=ends');
  await otto.getByText('Save view').click();
  await otto.getByLabel('Name of the view').fill(name);
  await otto.getByRole('button', { name: 'Save', exact: true }).click();
  const views = otto.getByRole('navigation', { name: 'Views' });
  await expect(views.getByRole('link', { name })).toHaveAttribute('aria-current', 'page');
  await views.getByRole('link', { name: 'All' }).click();
  await expect(otto).toHaveURL('/exceptions');
  await views.getByRole('link', { name }).click();
  await expect(otto).toHaveURL('/exceptions?severity=high&sort=ends');
  await otto.getByRole('button', { name: `Remove view ${name}` }).click();
  await expect(views.getByRole('link', { name })).toHaveCount(0);
});

test('picked exceptions are revoked together, each with what became of it, without scripts too', async ({ demo, signIn }) => {
  for (const scripts of [true, false]) {
    const name = fresh('bulk');
    const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
    const inForce = [await requestException(rita, `${name}-1`), await requestException(rita, `${name}-2`)];
    const waiting = await requestException(rita, `${name}-3`);
    for (const number of inForce) await approve(adam, number);
    await untilExempted(`${name}-2`, demo.production);

    const hand = await signIn('Adam Approver', { scripts });
    await hand.goto(`/exceptions?text=${name}`);
    if (scripts) await isAlive(hand);
    await expect(hand.getByRole('button', { name: 'Revoke' })).toBeHidden();
    if (scripts) {
      // From row to row by keys, once the table has the focus.
      await hand.getByRole('region', { name: 'Exceptions', exact: true }).focus();
      await hand.keyboard.press('j');
      await hand.keyboard.press('x');
      await expect(hand.getByLabel(`Pick ${waiting}`)).toBeChecked();
      await hand.getByLabel('Pick all on this page').check();
    } else {
      for (const number of [waiting, ...inForce]) await hand.getByLabel(`Pick ${number}`).check();
    }
    await hand.getByRole('button', { name: 'Revoke' }).click();
    await expect(hand).toHaveURL(/\/exceptions\/revoke\?/);
    if (scripts) await isAlive(hand);
    await expect(hand.getByRole('heading', { level: 1, name: 'Revoke 2 exceptions' })).toBeVisible();
    await expect(hand.getByText('Type 2 to confirm.')).toBeVisible();
    await hand.getByLabel('Reason').fill('Encrypted today.');
    await hand.getByLabel('How many end').fill('2');
    await hand.getByRole('button', { name: 'Revoke 2' }).click();
    await expect(hand.getByText('2 of 3 revoked.')).toBeVisible();
    await expect(hand.getByText('Revoked by Adam Approver')).toHaveCount(2);
    await expect(hand.getByText('Stays as it is')).toHaveCount(1);
    await untilDenied(`${name}-2`, demo.production);
  }
});

test('no row is picked that nobody picked: sorted anew, the list has no ticks', async ({ signIn }) => {
  const name = fresh('picked');
  const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
  const [older, newer] = [await requestException(rita, `${name}-1`), await requestException(rita, `${name}-2`)];
  await open(adam, `/exceptions?text=${name}`);
  await adam.getByLabel('Pick all on this page').check();
  await expect(adam.getByLabel(`Pick ${newer}`)).toBeChecked();
  await adam.getByLabel(`Pick ${older}`).uncheck();
  await adam.getByRole('columnheader', { name: 'Exception' }).getByRole('link').click();
  await expect.poll(() => numbers(adam)).toEqual([older, newer]);
  for (const label of [`Pick ${older}`, `Pick ${newer}`, 'Pick all on this page']) await expect(adam.getByLabel(label)).not.toBeChecked();
  await expect(adam.getByRole('button', { name: 'Revoke' })).toBeHidden();
});

test('a list leaves as a file, which is in the audit, and an auditor finds it', async ({ signIn }) => {
  const name = fresh('file');
  const [rita, iris] = [await signIn('Rita Requester'), await signIn('Iris Auditor')];
  const number = await requestException(rita, name);
  await open(iris, `/exceptions?text=${name}`);
  const [download] = await Promise.all([iris.waitForEvent('download'), iris.getByRole('button', { name: 'Export CSV' }).click()]);
  expect(download.suggestedFilename()).toMatch(/^exceptions-\d{4}-\d\d-\d\d\.csv$/);
  const lines = readFileSync(await download.path(), 'utf8').trim().split('\r\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain(`${number},requested,`);
  await open(iris, '/audit?kind=list_exported&by=Iris');
  await expect(iris.getByText(`exported 1 row of exceptions, narrowed to text=${name}`)).toBeVisible();
});

test('a deny leads from the list of decisions to a request that is filled in', async ({ demo, signIn }) => {
  const bucket = fresh('decided');
  await untilDenied(bucket, demo.production);
  const arthur = await signIn('Arthur Author');
  const link = arthur.getByRole('rowheader').getByRole('link', { name: bucket }).first();
  await expect(async () => {
    await open(arthur, '/decisions?environment=production');
    await expect(link).toBeVisible({ timeout: 500 });
  }).toPass();
  await link.click();
  await expect(arthur.getByRole('heading', { level: 1, name: `${bucket}: denied` })).toBeVisible();
  await expect(arthur.getByRole('region', { name: 'Input of this decision' })).toContainText(bucket);
  await arthur.getByRole('link', { name: 'Request exception' }).click();
  await expect(arthur.getByLabel('Resources')).toHaveValue(bucket);
  await expect(arthur.getByLabel('Rule')).toHaveValue('aegis.provisioning.s3/deny_no_encryption');
});
