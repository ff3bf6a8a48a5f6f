// What people do in several journeys, on the page as they would.

import type { Page } from '@playwright/test';

import { expect, isAlive, open } from './journey.ts';

/** The rule that denies a bucket without encryption. */
export const RULE = 'aegis.provisioning.s3/deny_no_encryption';
/** Reads the version from a heading such as `aegis-provisioning v1.0.1`. */
const VERSION = /v\d+\.\d+\.\d+/;

/** A name that nothing else has, in this run or another. */
export function fresh(what: string): string {
  return `${what}-${Date.now().toString(36)}${Math.floor(Math.random() * 1296).toString(36)}`;
}

/** Uploads a folder and returns once its changeset is shown. */
export async function upload(author: Page, archive: Buffer, note: string): Promise<void> {
  await open(author, '/changesets');
  await author.getByRole('link', { name: 'Import a folder' }).first().click();
  await author.getByLabel('One archive').setInputFiles({
    name: 'policies.tar.gz',
    mimeType: 'application/gzip',
    buffer: archive,
  });
  await author.getByLabel('What changes').fill(note);
  await author.getByRole('button', { name: 'Import and check' }).click();
  // All checks run meanwhile, those of `opa` among them.
  await expect(author).toHaveURL(/\/changesets\/[0-9a-f-]{36}$/, { timeout: 60_000 });
  await isAlive(author);
}

/** Imports a folder that passes, opens the version of `aegis-provisioning` that it became, and returns its number. */
export async function importVersion(author: Page, archive: Buffer, note: string): Promise<string> {
  await upload(author, archive, note);
  await expect(author.getByRole('main').getByText('Passed', { exact: true }).first()).toBeVisible();
  await author.getByRole('listitem').filter({ hasText: 'aegis-provisioning' }).getByRole('link').click();
  const heading = author.getByRole('heading', { level: 1, name: 'aegis-provisioning' });
  await expect(heading).toBeVisible();
  return VERSION.exec((await heading.textContent()) ?? '')![0];
}

/** Moves the version whose page is open into an environment that nobody guards. */
export async function promote(author: Page, environment: string): Promise<void> {
  await stop(author, environment).getByRole('link', { name: 'Promote' }).click();
  await author.getByRole('dialog').getByRole('button', { name: 'Promote' }).click();
  await expect(stop(author, environment).getByText('this version')).toBeVisible();
}

/** Asks for the version whose page is open to be put in force in production, and leads to the promotion's page. */
export async function askForProduction(author: Page, reason: string): Promise<void> {
  await stop(author, 'production').getByRole('link', { name: 'Ask for promotion' }).click();
  const dialog = author.getByRole('dialog');
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: 'Ask for promotion' }).click();
  await expect(author).toHaveURL(/\/promotions\//);
}

/** One environment on the page of a version. */
function stop(page: Page, environment: string) {
  return page.getByRole('main').getByRole('listitem').filter({ hasText: environment }).filter({ hasText: /OPA|nothing yet/ });
}

/** Confirms the promotion whose page is open. */
export async function confirm(second: Page, environment: string): Promise<void> {
  await second.getByLabel('Name of the environment').fill(environment);
  await second.getByRole('button', { name: 'Confirm' }).click();
  await expect(second.getByText('Confirmed', { exact: true })).toBeVisible();
}

/** Takes back one's own request, whose page is open. */
export async function withdraw(requester: Page): Promise<void> {
  await requester.getByRole('link', { name: 'Withdraw my request' }).click();
  await requester.getByRole('dialog').getByRole('button', { name: 'Withdraw', exact: true }).click();
  await expect(requester.getByText('Withdrawn', { exact: true })).toBeVisible();
}

/** Asks for leave for one resource in production, a bucket unless another rule is named, and returns the exception's number. */
export async function requestException(requester: Page, resource: string, until?: string, rule = RULE): Promise<string> {
  await requester.goto('/exceptions/new');
  await requester.getByLabel('Rule').selectOption(rule);
  await requester.getByLabel('Resources').fill(resource);
  await requester.getByRole('checkbox', { name: 'production' }).check();
  await requester.getByLabel('Why, and what ends it').fill('The archive is migrated this quarter.');
  await requester.getByLabel('Ticket').fill('SEC-1234');
  if (until) await requester.getByLabel('Ends (UTC)').fill(until);
  await requester.getByRole('button', { name: 'Request', exact: true }).click();
  await expect(requester).toHaveURL(/\/exceptions\/EXC-\d+$/);
  return /EXC-\d+/.exec(requester.url())![0];
}

/** Approves the exception whose page is open. */
export async function approve(approver: Page, comment: string): Promise<void> {
  await approver.getByLabel('Comment').fill(comment);
  await approver.getByRole('button', { name: 'Approve', exact: true }).click();
}

/** Ends the exception whose page is open before its time. */
export async function revoke(approver: Page, reason: string): Promise<void> {
  await approver.getByRole('link', { name: 'Revoke' }).click();
  const dialog = approver.getByRole('dialog');
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: 'Revoke' }).click();
}

/** Issues a token of one's own on the page of tokens that is open, and returns its secret. */
export async function issueOwnToken(owner: Page, name: string, scope: string, days = 90): Promise<string> {
  await owner.getByLabel('What it is for').fill(name);
  await owner.getByRole('checkbox', { name: scope }).check();
  await owner.getByLabel('Days until it ends').fill(String(days));
  await owner.getByRole('button', { name: 'Issue', exact: true }).click();
  const told = owner.getByRole('alert');
  await expect(told).toContainText(name);
  return (await told.getByRole('code').textContent())!;
}
