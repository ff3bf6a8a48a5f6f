// A requester asks for leave from a rule, an approver grants it, and a real OPA follows, in both directions.

import { approve, fresh, requestException, revoke } from './support/deeds.ts';
import { expect, open, test } from './support/journey.ts';
import { askAbout, exemptedBy, Opa, untilDenied, untilExempted } from './support/opa.ts';

test('an exception that is approved turns the answer of production, and revoked turns it back', async ({ demo, signIn }) => {
  const bucket = fresh('legacy-archive');
  await untilDenied(bucket, demo.production);
  const [rita, adam, iris] = [await signIn('Rita Requester'), await signIn('Adam Approver'), await signIn('Iris Auditor')];

  const number = await requestException(rita, bucket);
  await expect(rita.getByText('Waiting for decision')).toBeVisible();
  await open(adam, '/');
  await adam.getByRole('main').getByRole('link', { name: number }).first().click();
  await expect(adam).toHaveURL(`/exceptions/${number}`);
  await approve(adam, 'Until the migration is done.');
  await untilExempted(bucket, demo.production);
  expect(await exemptedBy(bucket, demo.production)).toEqual([number]);
  await expect(adam.getByText(/^In force in (\d+) of \1 OPAs$/)).toBeVisible();

  // Staging was not asked for, and another bucket neither.
  expect(await exemptedBy(bucket, demo.staging)).toEqual([]);
  expect((await askAbout(`${bucket}-2`, demo.production)).deny).toHaveLength(1);

  await open(iris, `/audit?about=${number}`);
  await expect(iris.getByRole('row', { name: `requested ${number}` })).toContainText('Rita Requester');
  await expect(iris.getByRole('row', { name: `approved ${number}` })).toContainText('Adam Approver');

  await revoke(adam, 'The bucket was encrypted today.');
  await untilDenied(bucket, demo.production);
  await expect(adam.getByText(/^No longer in force in (\d+) of \1 OPAs$/)).toBeVisible();
  await iris.reload();
  await expect(iris.getByRole('row', { name: `revoked ${number}` })).toContainText('Adam Approver');
});

test('an exception is on its way until the last OPA says that it has it', async ({ demo, signIn }) => {
  const bucket = fresh('slow-archive');
  const slow = await Opa.start(demo, fresh('slow'));
  try {
    const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
    const number = await requestException(rita, bucket);
    await open(adam, `/exceptions/${number}`);
    slow.freeze();
    await approve(adam, '');
    await untilExempted(bucket, demo.production);
    await expect(adam.getByText('On its way').first()).toBeVisible();
    slow.thaw();
    await untilExempted(bucket, slow.url);
    // The page keeps up by itself.
    await expect(adam.getByText(/^In force in (\d+) of \1 OPAs$/)).toBeVisible();
    await expect(adam.getByText('On its way')).toHaveCount(0);
    await expect(adam.getByText('In force', { exact: true }).first()).toBeVisible();
  } finally {
    await slow.stop();
  }
});
