// Open pages keep up: what others do is on them within two seconds, and nothing moves under the pointer.

import type { Page } from '@playwright/test';

import { fresh, RULE } from './support/deeds.ts';
import { expect, nav, open, test } from './support/journey.ts';
import { Session } from './support/session.ts';
import { Way } from './support/way.ts';

/** What a change may take until it is on every page, in milliseconds. */
const SOON = 2_000;
/** What a page may take until it is right again, when its way to the portal is. */
const RIGHT_AGAIN = 5_000;
/** What the console says of a stream that is cut. */
const CUT = /net::ERR|Failed to load resource|Failed to fetch/;

const IN_DAYS = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

/** Asks for leave over the API, and returns the exception's number. */
async function request(rita: Session, bucket = fresh('live')): Promise<string> {
  const [policy, rule] = RULE.split('/');
  const words = { justification: 'It is moved.', ticket: 'SEC-1234', category: 'waiver', until: IN_DAYS(20) };
  const wanted = { policy, rule, resources: [bucket], environments: ['production'], ...words };
  return (await rita.post<{ number: string }>('exceptions', wanted, 201)).number;
}

async function approve(adam: Session, number: string): Promise<void> {
  const { seen } = await adam.get<{ seen: string }>(`exceptions/${number}`);
  await adam.post(`exceptions/${number}/approve`, { seen, until: IN_DAYS(19), comment: '' }, 200);
}

/** Opens a page, and returns once it is told of changes. */
async function listening(page: Page, path: string): Promise<void> {
  const stream = page.waitForResponse((answer) => new URL(answer.url()).pathname === '/live');
  await open(page, path);
  expect((await stream).status()).toBe(200);
}

const pill = (page: Page, name: string | RegExp) => page.getByRole('main').getByRole('button', { name });
const notLive = (page: Page) => page.getByRole('banner').getByText('Not live');

test('what somebody else decides is on the open page within two seconds, and told on every other', async ({ demo, signIn }) => {
  const [ritas, adams] = [await Session.of(demo.portal, 'Rita Requester'), await Session.of(demo.portal, 'Adam Approver')];
  const number = await request(ritas);
  const [here, elsewhere] = [await signIn('Rita Requester'), await signIn('Rita Requester')];
  await listening(here, `/exceptions/${number}`);
  await listening(elsewhere, '/policies');
  await expect(here.getByText('Waiting for decision')).toBeVisible();

  await approve(adams, number);
  await expect(here.getByText(/^In force in \d+ of \d+ OPAs$/)).toBeVisible({ timeout: SOON });
  const toast = elsewhere.getByRole('region', { name: 'Notices' }).getByRole('link', { name: `${number} was approved` });
  await expect(toast).toBeVisible({ timeout: SOON });
  // It waits while it is read, goes by the keyboard, and the focus is not lost.
  await toast.focus();
  await elsewhere.waitForTimeout(12_000);
  await expect(toast).toBeVisible();
  await elsewhere.keyboard.press('Escape');
  await expect(toast).toHaveCount(0);
  await expect(elsewhere.getByRole('main')).toBeFocused();
});

test('an open menu, and the focus in it, outlast what the page takes in', async ({ demo, signIn }) => {
  const [ritas, adams] = [await Session.of(demo.portal, 'Rita Requester'), await Session.of(demo.portal, 'Adam Approver')];
  const number = await request(ritas);
  const rita = await signIn('Rita Requester');
  await listening(rita, `/exceptions/${number}`);
  await rita.getByRole('button', { name: 'Rita Requester' }).click();
  const link = rita.getByRole('link', { name: 'Your tokens' });
  await link.focus();
  await approve(adams, number);
  await expect(rita.getByText(/^In force in \d+ of \d+ OPAs$/)).toBeVisible({ timeout: SOON });
  await expect(link).toBeVisible();
  await expect(link).toBeFocused();
});

test('a page whose main part the server alone writes keeps up too, and is loaded again by the way back', async ({ demo, signIn }) => {
  const ritas = await Session.of(demo.portal, 'Rita Requester');
  const rita = await signIn('Rita Requester');
  const issue = async (name: string) => {
    await ritas.post('tokens', { name, scopes: ['exception:request'], ends_at: IN_DAYS(30) }, 201);
    return rita.getByRole('row', { name });
  };
  await listening(rita, '/access/tokens');
  await expect(await issue(fresh('here'))).toBeVisible({ timeout: SOON });

  const typed = rita.getByLabel('What it is for');
  await typed.fill('a pipeline');
  const meanwhile = await issue(fresh('meanwhile'));
  await expect(pill(rita, 'This page has changed')).toBeVisible({ timeout: SOON });
  await expect(meanwhile).toHaveCount(0);
  await expect(typed).toHaveValue('a pipeline');
  await pill(rita, 'This page has changed').click();
  await expect(meanwhile).toBeVisible();

  await nav(rita, 'Policies').click();
  await expect(rita.getByRole('heading', { level: 1, name: 'Policies' })).toBeVisible();
  await rita.goBack();
  await expect(rita.getByRole('heading', { level: 1, name: 'Your tokens' })).toBeVisible();
  await expect(meanwhile).toBeVisible();
});

test('what waits for an approver is counted on whatever page they are', async ({ demo, signIn }) => {
  const rita = await Session.of(demo.portal, 'Rita Requester');
  const adam = await signIn('Adam Approver');
  await listening(adam, '/policies');
  const nav = adam.getByRole('navigation', { name: 'Main' });
  const place = nav.getByRole('listitem').filter({ hasText: 'Exceptions' });
  const counted = async () => Number(/\d+/.exec((await place.textContent()) ?? '') ?? 0);
  const before = await counted();
  await request(rita);
  await expect.poll(counted, { timeout: SOON }).toBe(before + 1);
});

test('new rows wait behind a button, and nothing moves under the pointer until it is pressed', async ({ demo, signIn }) => {
  const [ritas, adams] = [await Session.of(demo.portal, 'Rita Requester'), await Session.of(demo.portal, 'Adam Approver')];
  const shown = await request(ritas);
  const iris = await signIn('Iris Auditor');
  await listening(iris, '/exceptions');
  const row = iris.getByRole('row', { name: shown });
  await row.hover();
  const before = await row.boundingBox();

  const numbers = [await request(ritas), await request(ritas), await request(ritas)];
  await expect(pill(iris, '3 new')).toBeVisible({ timeout: SOON });
  expect(await row.boundingBox(), 'where the row is').toEqual(before);
  await expect(iris.getByRole('row', { name: numbers[0]! })).toHaveCount(0);
  // What changes within a row moves none, but here rows wait as well: all is shown together.
  await approve(adams, shown);
  await expect(row).toContainText('Waiting');

  await iris.keyboard.press('Tab');
  await expect(iris.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await iris.keyboard.press('Enter');
  await iris.keyboard.press('Tab');
  await expect(pill(iris, '3 new')).toBeFocused();
  await iris.keyboard.press('Enter');
  for (const number of numbers) await expect(iris.getByRole('row', { name: number })).toBeVisible();
  await expect(row).toContainText('In force');
  await expect(pill(iris, /new/)).toHaveCount(0);
  await expect(iris.getByRole('main')).toBeFocused();

  // With no row to move, it is shown where it is.
  await approve(adams, numbers[1]!);
  await expect(iris.getByRole('row', { name: numbers[1]! })).toContainText('In force', { timeout: SOON });
});

test('on the first page, too, no line moves until somebody asks for it', async ({ demo, signIn }) => {
  const ritas = await Session.of(demo.portal, 'Rita Requester');
  const shown = await request(ritas);
  const rita = await signIn('Rita Requester');
  await listening(rita, '/');
  const line = (number: string) => rita.getByRole('main').getByRole('listitem').filter({ hasText: number });
  const before = await line(shown).boundingBox();
  const number = await request(ritas);
  await expect(pill(rita, /\d+ new/)).toBeVisible({ timeout: SOON });
  expect(await line(shown).boundingBox(), 'where the line is').toEqual(before);
  await expect(line(number)).toHaveCount(0);
  await pill(rita, /\d+ new/).click();
  await expect(line(number)).toBeVisible();
});

test('decisions that come in wait on their list, and count on the first page', async ({ demo, signIn }) => {
  const arthur = await Session.of(demo.portal, 'Arthur Author');
  const asked = { namespace: 'aegis.ai.access_control', input: { agent_id: fresh('agent'), action: 'read', resource: 'docs' } };
  // The rate is a link once there is something to list.
  await arthur.post('policies/evaluate', asked, 200);
  const [list, home] = [await signIn('Otto Operator'), await signIn('Otto Operator')];
  await listening(list, '/decisions?path=aegis/ai');
  await listening(home, '/');
  const counted = async () => Number(await home.getByRole('main').locator('dl', { hasText: 'Deny rate' }).getByRole('link').first().textContent());
  const before = await counted();
  for (let times = 0; times < 3; times += 1) await arthur.post('policies/evaluate', asked, 200);
  await expect(pill(list, '3 new')).toBeVisible({ timeout: SOON });
  await expect.poll(counted, { timeout: SOON }).toBeGreaterThanOrEqual(before + 3);
  await pill(list, '3 new').click();
  await expect(pill(list, /new/)).toHaveCount(0);
});

test('what is being typed outlives a change, which waits to be shown', async ({ demo, signIn }) => {
  const ritas = await Session.of(demo.portal, 'Rita Requester');
  const number = await request(ritas);
  const adam = await signIn('Adam Approver');
  await listening(adam, `/exceptions/${number}`);
  const comment = adam.getByLabel('Comment');
  await comment.fill('I wonder whether');
  await ritas.post(`exceptions/${number}/withdraw`, {}, 200);
  await expect(pill(adam, 'This page has changed')).toBeVisible({ timeout: SOON });
  await expect(comment).toHaveValue('I wonder whether');
  await pill(adam, 'This page has changed').click();
  await expect(adam.getByText('Withdrawn').first()).toBeVisible();
  await expect(comment).toHaveCount(0);
});

for (const [how, cut] of [['cut', (way: Way) => way.cut()], ['silent', (way: Way) => way.silence()]] as const) {
  test(`a page whose stream is ${how} says that it may be old, and is right again within five seconds`, async ({ demo, signIn }) => {
    const ritas = await Session.of(demo.portal, 'Rita Requester');
    const adams = await Session.of(demo.portal, 'Adam Approver');
    const number = await request(ritas);
    const way = await Way.to(demo.portal);
    try {
      const iris = await signIn('Iris Auditor', { at: way.url, mayComplain: CUT });
      await listening(iris, `/exceptions/${number}`);
      await expect(notLive(iris)).toHaveCount(0);

      cut(way);
      await expect(notLive(iris)).toContainText(/since \d\d:\d\d:\d\d UTC/, { timeout: 10_000 });
      await approve(adams, number);
      await iris.waitForTimeout(3_000);
      await expect(notLive(iris)).toBeVisible();
      await expect(iris.getByText('Waiting for decision')).toBeVisible();

      way.mend();
      const mended = Date.now();
      await expect(iris.getByText(/^In force in \d+ of \d+ OPAs$/)).toBeVisible({ timeout: RIGHT_AGAIN });
      await expect(notLive(iris)).toHaveCount(0, { timeout: RIGHT_AGAIN - (Date.now() - mended) });
      await iris.goto('about:blank');
    } finally {
      await way.close();
    }
  });
}

test('a page whose session ends elsewhere says so, and leads back to where it was', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor');
  const other = await iris.context().newPage();
  await listening(iris, '/exceptions');
  await other.goto('/policies');
  await other.getByRole('button', { name: 'Iris Auditor' }).click();
  await other.getByRole('button', { name: 'Sign out' }).click();
  await expect(other).toHaveURL(/\/sign-in/);
  await iris.bringToFront();
  await expect(iris.getByRole('banner').getByText('Signed out')).toBeVisible({ timeout: RIGHT_AGAIN });
  await iris.getByRole('banner').getByRole('link', { name: 'Sign in' }).click();
  await iris.getByRole('button', { name: 'Iris Auditor' }).click();
  await expect(iris).toHaveURL('/exceptions');
});
