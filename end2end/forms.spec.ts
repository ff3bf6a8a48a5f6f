// What is typed is not lost: by a refusal, by a session that ends meanwhile, by a question that is closed.

import type { Page } from '@playwright/test';

import { fresh, requestException, RULE } from './support/deeds.ts';
import { withMessage } from './support/folder.ts';
import { expect, isAlive, open, test } from './support/journey.ts';
import { Session } from './support/session.ts';

const WHY = 'The archive moves: <b>“soon”</b> & by hand.';

/** Fills the form of an exception in, but for its resources. */
async function fillIn(page: Page): Promise<void> {
  await page.getByLabel('Rule').selectOption(RULE);
  await page.getByRole('checkbox', { name: 'production' }).check();
  await page.getByRole('radio', { name: 'Mitigated' }).check();
  await page.getByLabel('Why, and what ends it').fill(WHY);
  await page.getByLabel('Ticket').fill('SEC-4711');
}

/** Fails unless all of it still stands there. */
async function isFilledIn(page: Page): Promise<void> {
  await expect(page.getByLabel('Rule')).toHaveValue(RULE);
  await expect(page.getByRole('checkbox', { name: 'production' })).toBeChecked();
  await expect(page.getByRole('checkbox', { name: 'staging' })).not.toBeChecked();
  await expect(page.getByRole('radio', { name: 'Mitigated' })).toBeChecked();
  await expect(page.getByLabel('Why, and what ends it')).toHaveValue(WHY);
  await expect(page.getByLabel('Ticket')).toHaveValue('SEC-4711');
}

function send(page: Page): Promise<void> {
  return page.getByRole('button', { name: 'Request', exact: true }).click();
}

for (const scripts of [true, false]) {
  const how = scripts ? 'with scripts' : 'without scripts';

  test(`what a rule refuses is told at its field, and what was typed stays, ${how}`, async ({ signIn }) => {
    const rita = await signIn('Rita Requester', { scripts, mayComplain: /status of 409/ });
    await rita.goto('/exceptions/new');
    if (scripts) await isAlive(rita);
    await fillIn(rita);
    await rita.getByLabel('Resources').fill('archive-*');
    await send(rita);
    const told = rita.getByRole('alert');
    await expect(told).toContainText('pattern');
    await expect(told).toBeFocused();
    await expect(rita.getByLabel('Resources')).toHaveAccessibleDescription(/pattern/);
    await expect(rita.getByLabel('Resources')).toHaveAttribute('aria-invalid', 'true');
    await isFilledIn(rita);
    await told.getByRole('link', { name: 'Go to the field' }).click();
    await expect(rita.getByLabel('Resources')).toBeFocused();
    await rita.getByLabel('Resources').fill(fresh('mended'));
    if (scripts) {
      // What was said of it is of what stood there.
      await expect(told).toHaveCount(0);
      await expect(rita.getByLabel('Resources')).not.toHaveAttribute('aria-invalid', 'true');
    }
    await send(rita);
    await expect(rita).toHaveURL(/\/exceptions\/EXC-\d+(#resources)?$/);
    await expect(rita.getByText(WHY)).toBeVisible();
  });
}

test('a session that ends while one types costs nothing: one signs in beside it and goes on', async ({ signIn }) => {
  const rita = await signIn('Rita Requester', { mayComplain: /status of 401/ });
  await open(rita, '/exceptions/new');
  await fillIn(rita);
  await rita.getByLabel('Resources').fill(fresh('late'));
  await rita.context().clearCookies();
  await send(rita);
  await expect(rita.getByRole('alert')).toContainText('your session has ended');
  await isFilledIn(rita);
  const opened = rita.context().waitForEvent('page');
  await rita.getByRole('link', { name: 'Sign in in a new tab' }).click();
  const beside = await opened;
  await isAlive(beside);
  await beside.getByRole('button', { name: 'Rita Requester' }).click();
  await isAlive(beside);
  await beside.close();
  await isFilledIn(rita);
  await send(rita);
  await expect(rita).toHaveURL(/\/exceptions\/EXC-\d+$/);
});

test('without scripts a form goes through the sign-in page and comes back filled in, not sent', async ({ signIn }) => {
  const rita = await signIn('Rita Requester', { scripts: false, mayComplain: /status of 401/ });
  await rita.goto('/exceptions/new');
  await fillIn(rita);
  const bucket = fresh('late-plain');
  await rita.getByLabel('Resources').fill(bucket);
  await rita.context().clearCookies();
  await send(rita);
  await expect(rita.getByText('Your session has ended.')).toBeVisible();
  expect(rita.url()).not.toContain(bucket);
  await rita.getByRole('button', { name: 'Rita Requester' }).click();
  await expect(rita.getByRole('alert')).toContainText('Not sent yet');
  await isFilledIn(rita);
  await expect(rita.getByLabel('Resources')).toHaveValue(bucket);
  expect(rita.url()).not.toContain(bucket);
  await send(rita);
  await expect(rita).toHaveURL(/\/exceptions\/EXC-\d+$/);
});

test('a link cannot make a page say what the portal does not', async ({ signIn }) => {
  const rita = await signIn('Rita Requester');
  const foreign = { Refused: { Invalid: { field: 'resources', reason: 'call 555 0100' } } };
  const error = Buffer.from(JSON.stringify(foreign)).toString('base64url');
  await open(rita, `/exceptions/new?__path=${encodeURIComponent('/api/exception/request')}&__err=${error}`);
  await expect(rita.getByLabel('Resources')).toBeVisible();
  await expect(rita.getByText('555 0100')).toHaveCount(0);
});

test('a limit is told before, counted while one types, and too much is refused and not cut off', async ({ signIn }) => {
  const rita = await signIn('Rita Requester', { mayComplain: /status of 422/ });
  await open(rita, '/exceptions/new');
  await fillIn(rita);
  await rita.getByLabel('Resources').fill(fresh('long'));
  const ticket = rita.getByLabel('Ticket');
  await ticket.fill('x'.repeat(190));
  await expect(ticket).toHaveAccessibleDescription(/10 of 200 characters left/);
  await ticket.fill('x'.repeat(203));
  await expect(ticket).toHaveAccessibleDescription(/3 characters too many/);
  await expect(ticket).toHaveAttribute('aria-invalid', 'true');
  await send(rita);
  await expect(rita.getByRole('alert')).toContainText('takes 1 to 200 characters');
  await expect(ticket).toHaveValue('x'.repeat(203));
});

test('an end is so many days from now, or a date, and says which', async ({ signIn }) => {
  const rita = await signIn('Rita Requester');
  await open(rita, '/exceptions/new');
  await fillIn(rita);
  await rita.getByLabel('Resources').fill(fresh('week'));
  const end = rita.getByLabel('Ends (UTC)');
  await rita.getByText('7 days', { exact: true }).click();
  await expect(end).toHaveAccessibleDescription(/in 7 days/);
  await end.fill('2020-01-01T00:00');
  await expect(rita.getByRole('radio', { name: 'A date' })).toBeChecked();
  await expect(end).toHaveAccessibleDescription(/that is over/);
  await rita.getByText('7 days', { exact: true }).click();
  await send(rita);
  await expect(rita).toHaveURL(/\/exceptions\/EXC-\d+$/);
  const day = new Date(Date.now() + 7 * 86_400_000).getUTCDate();
  await expect(rita.getByText(/^Let .* until/)).toContainText(new RegExp(`until ${day} `));
});

test('a question takes the focus, keeps it, gives it back, and what was typed into it stays', async ({ signIn }) => {
  const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
  const number = await requestException(rita, fresh('asked'));
  await open(adam, `/exceptions/${number}`);
  const deny = adam.getByRole('link', { name: 'Deny' });
  await deny.focus();
  await adam.keyboard.press('Enter');
  const dialog = adam.getByRole('dialog');
  await expect(dialog).toBeVisible();
  expect(await dialog.evaluate((dialog) => dialog.contains(document.activeElement))).toBe(true);
  await dialog.getByLabel('Reason').fill('Half a reason');
  for (let presses = 0; presses < 8; presses += 1) await adam.keyboard.press('Tab');
  // Tab leads around within it, by way of the browser's own controls; never to the page behind.
  const behind = () => !['BODY', 'HTML'].includes(document.activeElement!.tagName) && !document.activeElement!.closest('dialog');
  expect(await adam.evaluate(behind)).toBe(false);
  await adam.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(deny).toBeFocused();
  await deny.click();
  await expect(dialog.getByLabel('Reason')).toHaveValue('Half a reason');
  await expect(adam).toHaveURL(/ask=deny/);
});

test('what was typed for one thing does not stand in the form of the next', async ({ signIn }) => {
  const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
  const [one, next] = [await requestException(rita, fresh('one')), await requestException(rita, fresh('next'))];
  await open(adam, `/exceptions/${one}`);
  const comment = adam.getByLabel('Comment');
  await comment.fill('Only for this one.');
  await adam.keyboard.press('Control+k');
  const palette = adam.getByRole('dialog', { name: 'Find or do' });
  await palette.getByRole('combobox').fill(next);
  await palette.getByRole('option', { name: next }).click();
  await expect(adam.getByRole('heading', { level: 1, name: next })).toBeVisible();
  await expect(comment).toHaveValue('');
  await expect(comment).toHaveAccessibleDescription(/^At most \d+ characters/);
});

test('on a phone the decision stands right below what it is about', async ({ signIn }) => {
  const rita = await signIn('Rita Requester');
  const number = await requestException(rita, fresh('phone'));
  const adam = await signIn('Adam Approver', { viewport: { width: 390, height: 844 } });
  await open(adam, `/exceptions/${number}`);
  const top = async (name: string) => (await adam.getByRole('heading', { name }).boundingBox())!.y;
  const [asked, decision, timeline] = [await top('What is asked'), await top('Your decision'), await top('Timeline')];
  expect(asked).toBeLessThan(decision);
  expect(decision).toBeLessThan(timeline);
  await adam.getByRole('link', { name: 'Decide' }).click();
  await expect(adam.getByRole('button', { name: 'Approve', exact: true })).toBeInViewport();
});

for (const scripts of [true, false]) {
  test(`an import of nothing is told at its field and kept nowhere, ${scripts ? 'with' : 'without'} scripts`, async ({ demo, signIn }) => {
    const imports = async () => (await (await Session.of(demo.portal, 'Iris Auditor')).get<{ items: unknown[] }>('changesets')).items.length;
    const before = await imports();
    const arthur = await signIn('Arthur Author', { scripts });
    await arthur.goto('/changesets/new');
    if (scripts) await isAlive(arthur);
    await expect(arthur.getByText('optional', { exact: true }), 'the note alone').toHaveCount(1);
    await arthur.getByRole('button', { name: 'Import and check' }).click();
    const archive = arthur.getByLabel('One archive');
    await expect(archive).toHaveAccessibleDescription(/choose an archive, or the folder itself/);
    await expect(archive).toHaveAttribute('aria-invalid', 'true');
    await expect(arthur).toHaveURL(/\/changesets\/new/);
    expect(await imports()).toBe(before);
    if (scripts) {
      await expect(archive).toBeFocused();
      await archive.setInputFiles({ name: 'x.tar.gz', mimeType: 'application/gzip', buffer: withMessage(fresh('then')) });
      await expect(archive).not.toHaveAttribute('aria-invalid', 'true');
    }
  });
}

test('what a request names is counted once, and patterns apart', async ({ signIn }) => {
  const rita = await signIn('Rita Requester');
  await open(rita, '/exceptions/new');
  await rita.getByLabel('Rule').selectOption(RULE);
  await rita.getByLabel('Resources').fill('one\none\ntwo\nlogs-*');
  await expect(rita.getByText('2 resources, by exact name; 1 pattern not taken')).toBeVisible();
});

test('a folder says how far it has come, and is sent once', async ({ signIn }) => {
  const arthur = await signIn('Arthur Author');
  let sent = 0;
  await arthur.route('**/changesets', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    sent += 1;
    await new Promise((later) => setTimeout(later, 1_500));
    return route.fallback();
  });
  await open(arthur, '/changesets/new');
  const file = { name: 'policies.tar.gz', mimeType: 'application/gzip', buffer: withMessage(fresh('say')) };
  await arthur.getByLabel('One archive').setInputFiles(file);
  const button = arthur.getByRole('button', { name: 'Import and check' });
  await button.click();
  await expect(button).toHaveAttribute('aria-busy', 'true');
  await expect(arthur.getByText(/Sending the folder|is being checked/)).toBeVisible();
  await button.click();
  await expect(arthur).toHaveURL(/\/changesets\/[0-9a-f-]{36}$/, { timeout: 90_000 });
  await isAlive(arthur);
  expect(sent).toBe(1);
});
