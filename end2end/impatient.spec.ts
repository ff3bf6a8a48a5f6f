// People who click twice, and people on a phone.

import { fresh, RULE } from './support/deeds.ts';
import { expect, open, test } from './support/journey.ts';
import { Session } from './support/session.ts';

test('what is clicked twice is done once, and the page goes on', async ({ demo, signIn }) => {
  const bucket = fresh('twice');
  const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
  await open(rita, '/exceptions/new');
  await rita.getByLabel('Rule').selectOption(RULE);
  await rita.getByLabel('Resources').fill(bucket);
  await rita.getByRole('checkbox', { name: 'production' }).check();
  await rita.getByLabel('Why, and what ends it').fill('The archive is migrated this quarter.');
  await rita.getByLabel('Ticket').fill('SEC-1234');
  await rita.getByRole('button', { name: 'Request', exact: true }).dblclick();
  await expect(rita).toHaveURL(/\/exceptions\/EXC-\d+$/);
  const number = /EXC-\d+/.exec(rita.url())![0];

  await open(adam, `/exceptions/${number}`);
  await adam.getByRole('button', { name: 'Approve', exact: true }).dblclick();
  await expect(adam.getByText(/^In force in \d+ of \d+ OPAs$/)).toBeVisible();
  // Still alive: a link of the nav leads on without loading anew.
  await adam.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Fleet' }).click();
  await expect(adam.getByRole('heading', { level: 1, name: 'Fleet' })).toBeVisible();

  const iris = await Session.of(demo.portal, 'Iris Auditor');
  const asked = await iris.get<{ items: unknown[] }>(`exceptions?text=${bucket}`);
  expect(asked.items).toHaveLength(1);
  const approved = await iris.get<{ items: unknown[] }>(`audit?kind=exception_approved&about=${number}`);
  expect(approved.items).toHaveLength(1);
});

test('on a phone the menu gives way to the page that was chosen', async ({ signIn }) => {
  const otto = await signIn('Otto Operator', { viewport: { width: 390, height: 844 } });
  await open(otto, '/');
  await otto.getByRole('button', { name: 'Menu' }).click();
  const nav = otto.getByRole('navigation', { name: 'Main' });
  await nav.getByRole('link', { name: 'Fleet' }).click();
  await expect(otto.getByRole('heading', { level: 1, name: 'Fleet' })).toBeVisible();
  await expect(nav).toBeHidden();
});

test('two who decide the same see who was first', async ({ signIn, demo }) => {
  const number = await requested(demo.portal);
  const adam = await signIn('Adam Approver', { mayComplain: /409/ });
  const late = await signIn('Adam Approver', { mayComplain: /409/ });
  for (const page of [adam, late]) await open(page, `/exceptions/${number}`);
  // What is typed holds the page as it is.
  await late.getByLabel('Comment').fill('So be it.');
  await adam.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect(adam.getByText(/^In force in \d+ of \d+ OPAs$/)).toBeVisible();
  await late.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect(late.getByText('Adam Approver approved it until')).toBeVisible();
  // The form is gone, and says no more why.
  await expect(late.getByRole('region', { name: 'Notices' })).toContainText('Not done');
});

/** An exception that waits, asked for over the API. */
async function requested(portal: string): Promise<string> {
  const rita = await Session.of(portal, 'Rita Requester');
  const [policy, rule] = RULE.split('/');
  const until = new Date(Date.now() + 20 * 86_400_000).toISOString();
  const words = { justification: 'It is moved.', ticket: 'SEC-1234', category: 'waiver', until };
  const wanted = { policy, rule, resources: [fresh('late')], environments: ['production'], ...words };
  return (await rita.post<{ number: string }>('exceptions', wanted, 201)).number;
}
