// Who may do what: granted by hand, explained, taken away, and gone through in a review.

import type { Locator, Page } from '@playwright/test';

import { test } from './support/alone.ts';
import { within } from './support/clicks.ts';
import { fresh, requestException } from './support/deeds.ts';
import { keepsFocus, Keys, leadsPastNav } from './support/hand.ts';
import { card, expect, nav, open, type Name } from './support/journey.ts';

/** The console tells of every answer that is a refusal. */
const REFUSED = /status of 4(03|09)/;

/** The form by which a role is granted to a person; the other one is for groups, and has the same labels. */
function byHand(page: Page): Locator {
  return page.locator('form').filter({ has: page.getByRole('button', { name: 'Grant to the person' }) });
}

const taking = (page: Page, person: Name, grant: string) => page.getByRole('button', { name: `Remove ${grant} from ${person}` });

async function grant(admin: Page, person: Name, role: string, where: string): Promise<void> {
  await admin.goto('/access');
  await byHand(admin).getByLabel('Person').selectOption(person);
  await byHand(admin).getByLabel('Role').selectOption(role);
  await byHand(admin).getByLabel('Where').selectOption(where);
  await byHand(admin).getByRole('button').click();
  await expect(taking(admin, person, `${role} ${where}`)).toBeVisible();
}

async function take(admin: Page, person: Name, grant: string): Promise<void> {
  await admin.goto('/access');
  await taking(admin, person, grant).click();
  await expect(taking(admin, person, grant)).toHaveCount(0);
}

/** Asks why somebody may do something, and returns the answer. */
async function askWhy(auditor: Page, person: Name, permission: string, where: string): Promise<Locator> {
  await auditor.goto('/access/why');
  await auditor.getByLabel('Who').selectOption(person);
  await auditor.getByLabel('May do what').selectOption(permission);
  await auditor.getByLabel('Where').selectOption(where);
  await auditor.getByRole('button', { name: 'Ask' }).click();
  return card(auditor, 'Answer');
}

const confirming = (page: Page, grant = '') => page.getByRole('radio', { name: `Confirm ${grant}` });
const removing = (page: Page, grant: string) => page.getByRole('radio', { name: `Remove ${grant}` });
const reviewed = (page: Page) => page.getByText(/^(Last|Never) reviewed/);

/** Confirms all that is granted, less what is named, on the page of the review that is open. */
async function decide(admin: Page, unwanted: string): Promise<number> {
  const all = await confirming(admin).all();
  for (const each of all) await each.check();
  await removing(admin, unwanted).check();
  return all.length;
}

const record = (page: Page) => page.getByRole('button', { name: 'Put on record' });

/** Fails unless the newest review of the audit is this one. */
async function standsInAudit(auditor: Page, sentence: string): Promise<void> {
  await open(auditor, '/audit?kind=access_reviewed');
  const newest = auditor.getByRole('row').filter({ hasText: 'reviewed access' }).first();
  await expect(newest).toContainText(sentence);
  await expect(newest).toContainText('Ada Admin');
}

test('a role that is granted in one environment is offered there alone, explained, and gone once it is taken', async ({ signIn }) => {
  const [ada, iris, rita] = [await signIn('Ada Admin'), await signIn('Iris Auditor'), await signIn('Rita Requester')];
  const reload = (environment: string) => card(rita, environment).getByRole('button', { name: 'Trigger reload' });
  await open(rita, '/fleet');
  await expect(reload('staging')).toHaveAttribute('aria-disabled', 'true');

  await grant(ada, 'Rita Requester', 'operator', 'in staging');
  await open(rita, '/fleet');
  await reload('staging').click();
  await expect(rita.getByText('were told to load anew')).toBeVisible();
  await expect(reload('production')).toHaveAttribute('aria-disabled', 'true');
  await expect(reload('production')).toHaveAccessibleDescription(/needs the role author or operator/);

  const may = await askWhy(iris, 'Rita Requester', 'fleet.reload', 'in staging');
  await expect(may).toContainText('Rita Requester may do fleet.reload in staging.');
  await expect(may.getByRole('listitem')).toHaveText('operator in staging, granted by hand');
  const elsewhere = await askWhy(iris, 'Rita Requester', 'fleet.reload', 'in production');
  await expect(elsewhere).toContainText('Rita Requester may not do fleet.reload in production.');
  await expect(elsewhere).toContainText('It is allowed to them elsewhere: operator in staging, granted by hand.');

  await take(ada, 'Rita Requester', 'operator in staging');
  const not = await askWhy(iris, 'Rita Requester', 'fleet.reload', 'in staging');
  await expect(not).toContainText('Rita Requester may not do fleet.reload in staging.');
  await expect(not).toContainText('Nothing that they were granted allows it there.');
  await expect(not).not.toContainText('elsewhere');
  await open(rita, '/fleet');
  await expect(reload('staging')).toHaveAttribute('aria-disabled', 'true');
});

test('a role for the policies of an owner counts for these, and for no others', async ({ signIn }) => {
  const [ada, iris, rita] = [await signIn('Ada Admin'), await signIn('Iris Auditor'), await signIn('Rita Requester')];
  const theirs = await requestException(rita, fresh('owned'));
  const others = await requestException(rita, fresh('other'), undefined, 'aegis.provisioning.iam/deny_user_access_key');
  const otto = await signIn('Otto Operator');
  await grant(ada, 'Otto Operator', 'approver', 'for policies of platform-storage');

  const approve = otto.getByRole('button', { name: 'Approve', exact: true });
  await open(otto, `/exceptions/${others}`);
  await expect(approve).toHaveAttribute('aria-disabled', 'true');
  await open(otto, `/exceptions/${theirs}`);
  await approve.click();
  await expect(otto.getByText('approved it until')).toBeVisible();

  const may = await askWhy(iris, 'Otto Operator', 'exception.decide', 'for aegis.provisioning.s3');
  await expect(may).toContainText('Otto Operator may do exception.decide for aegis.provisioning.s3.');
  await expect(may.getByRole('listitem')).toHaveText('approver for policies of platform-storage, granted by hand');
  await take(ada, 'Otto Operator', 'approver for policies of platform-storage');
  const not = await askWhy(iris, 'Otto Operator', 'exception.decide', 'for aegis.provisioning.s3');
  await expect(not).toContainText('Otto Operator may not do exception.decide for aegis.provisioning.s3.');
});

test('a review confirms or removes each grant, says when it was, and stands in the audit', async ({ signIn }) => {
  const [ada, iris] = [await signIn('Ada Admin'), await signIn('Iris Auditor')];
  const rita = await signIn('Rita Requester', { mayComplain: REFUSED });
  await grant(ada, 'Rita Requester', 'author', 'in development');
  const held = 'Rita Requester, author in development';

  await iris.goto('/access/review');
  await expect(iris.getByRole('row', { name: 'Rita Requester' }).filter({ hasText: 'author in development' })).toBeVisible();
  await expect(iris.getByRole('radio')).toHaveCount(0);
  await expect(record(iris)).toHaveCount(0);
  await rita.goto('/access/review');
  await expect(rita.getByRole('main')).toContainText('You may not see this');
  await expect(rita.getByRole('main')).toContainText('needs the role auditor or admin');

  await ada.goto('/access/review');
  const all = await decide(ada, held);
  await record(ada).click();
  await expect(removing(ada, held)).toHaveCount(0);
  await expect(confirming(ada)).toHaveCount(all - 1);
  const when = /^Last reviewed (.+)\.$/.exec((await reviewed(ada).textContent())!)![1]!;
  expect(Math.abs(Date.now() - Date.parse(when.replace(',', '')))).toBeLessThan(60_000);
  await standsInAudit(iris, `reviewed access: ${all - 1} grants confirmed, 1 removed`);
  await ada.goto('/access');
  await expect(taking(ada, 'Rita Requester', 'author in development')).toHaveCount(0);
});

test('a review that a grant has overtaken is not done, keeps what was decided, and marks what is new', async ({ signIn }) => {
  const ada = await signIn('Ada Admin', { mayComplain: REFUSED });
  const [beside, iris] = [await signIn('Ada Admin'), await signIn('Iris Auditor')];
  await grant(beside, 'Rita Requester', 'author', 'in development');
  await ada.goto('/access/review');
  const old = 'Rita Requester, author in development';
  const all = await decide(ada, old);
  const before = await reviewed(ada).textContent();

  await grant(beside, 'Otto Operator', 'approver', 'in staging');
  const since = 'Otto Operator, approver in staging';
  await record(ada).click();
  const told = ada.getByRole('alert');
  await expect(told).toContainText('Not done: something was granted or taken since you looked');
  await expect(told).toBeFocused();
  await beside.goto('/access');
  await expect(taking(beside, 'Rita Requester', 'author in development'), 'nothing was removed').toBeVisible();
  await expect(reviewed(ada)).toHaveText(before!);

  await expect(removing(ada, old)).toBeChecked();
  await expect(ada.getByRole('radio', { checked: true })).toHaveCount(all);
  const added = ada.getByRole('row').filter({ hasText: 'new since' });
  await expect(added).toHaveCount(1);
  await expect(added.getByRole('radio', { checked: false })).toHaveCount(2);
  await record(ada).click();
  await expect(confirming(ada, since), 'the browser asks for what is left to decide').toBeFocused();
  await confirming(ada, since).check();
  await record(ada).click();
  await expect(removing(ada, old)).toHaveCount(0);
  await expect(ada.getByText('new since')).toHaveCount(0);
  await standsInAudit(iris, `reviewed access: ${all} grants confirmed, 1 removed`);
  await take(beside, 'Otto Operator', 'approver in staging');
});

test('a session that ends while one reviews costs nothing of what was decided', async ({ signIn }) => {
  const ada = await signIn('Ada Admin', { mayComplain: /status of 401/ });
  await grant(await signIn('Ada Admin'), 'Otto Operator', 'author', 'in development');
  const unwanted = 'Otto Operator, author in development';
  await ada.goto('/access/review');
  const all = await decide(ada, unwanted);
  await ada.context().clearCookies();
  await record(ada).click();
  await expect(ada.getByText('Your session has ended.')).toBeVisible();
  await ada.getByRole('button', { name: 'Ada Admin' }).click();
  await expect(ada.getByText('Not sent yet')).toBeVisible();
  await expect(removing(ada, unwanted)).toBeChecked();
  await expect(ada.getByRole('radio', { checked: true })).toHaveCount(all);
  await record(ada).click();
  await expect(confirming(ada)).toHaveCount(all - 1);
  await expect(removing(ada, unwanted)).toHaveCount(0);
});

test('a review is gone through by the keyboard alone', async ({ signIn }) => {
  const [admin, iris] = [new Keys(await signIn('Ada Admin')), await signIn('Iris Auditor')];
  const { page } = admin;
  await grant(page, 'Rita Requester', 'author', 'in development');
  const unwanted = 'Rita Requester, author in development';
  await open(page, '/');
  await admin.press(nav(page, 'Access'));
  await expect(page.getByRole('heading', { level: 1, name: 'Access' })).toBeVisible();
  await leadsPastNav(page);
  await admin.press(page.getByRole('navigation', { name: 'Access' }).getByRole('link', { name: 'Review' }));
  await expect(page.getByRole('heading', { level: 1, name: 'Access review' })).toBeVisible();
  const names = await confirming(page).evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')!.replace('Confirm ', '')));
  for (const name of names) await admin.pick(name === unwanted ? removing(page, name) : confirming(page, name));
  await admin.press(record(page));
  await expect(confirming(page)).toHaveCount(names.length - 1);
  await expect(removing(page, unwanted)).toHaveCount(0);
  await keepsFocus(page);
  await standsInAudit(iris, `reviewed access: ${names.length - 1} grants confirmed, 1 removed`);
});

test('an admin grants a role by hand within 5', async ({ signIn }) => {
  await within(5, 'Ada Admin', signIn, async (hand) => {
    const { page } = hand;
    await hand.press(nav(page, 'Access'));
    await hand.choose(byHand(page).getByLabel('Person'), 'Rita Requester');
    await hand.choose(byHand(page).getByLabel('Role'), 'operator');
    await hand.choose(byHand(page).getByLabel('Where'), 'in staging');
    await hand.press(byHand(page).getByRole('button', { name: 'Grant to the person' }));
    await expect(taking(page, 'Rita Requester', 'operator in staging')).toBeVisible();
    await keepsFocus(page);
    await take(page, 'Rita Requester', 'operator in staging');
  });
});

test('an admin takes a role away again within 2', async ({ signIn }) => {
  const beside = await signIn('Ada Admin');
  await within(2, 'Ada Admin', signIn, async (hand) => {
    const { page } = hand;
    await grant(beside, 'Rita Requester', 'operator', 'in staging');
    await hand.press(nav(page, 'Access'));
    await hand.press(taking(page, 'Rita Requester', 'operator in staging'));
    await expect(taking(page, 'Rita Requester', 'operator in staging')).toHaveCount(0);
    await keepsFocus(page);
  });
});

test('an auditor sees by which grant somebody may do something within 4', async ({ signIn }) => {
  await within(4, 'Iris Auditor', signIn, async (hand) => {
    const { page } = hand;
    await hand.press(nav(page, 'Access'));
    await hand.press(page.getByRole('main').getByRole('link', { name: 'Adam Approver' }));
    await hand.choose(page.getByLabel('May do what'), 'exception.decide');
    await hand.press(page.getByRole('button', { name: 'Ask' }));
    await expect(card(page, 'Answer')).toContainText('Adam Approver may do exception.decide everywhere.');
    await expect(card(page, 'Answer').getByRole('listitem')).toHaveText('approver, granted by hand');
    await leadsPastNav(page);
  });
});
