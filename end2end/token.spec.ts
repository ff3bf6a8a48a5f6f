// Tokens of people: issued and revoked on their page, told of before they end, and what they open meanwhile.

import { within } from './support/clicks.ts';
import { fresh, issueOwnToken } from './support/deeds.ts';
import { keepsFocus, type Hand } from './support/hand.ts';
import { card, expect, open, test } from './support/journey.ts';
import { Session } from './support/session.ts';
import { until } from './support/until.ts';

/** What a requester's token may carry. */
const SCOPE = 'exception:request';

/** What the API answers a program that carries this secret. */
async function ask(portal: string, secret: string, path: string) {
  const answer = await fetch(`${portal}/api/v1/${path}`, { headers: { authorization: `Bearer ${secret}` } });
  const told = (await answer.json()) as { status?: number; title?: string };
  const [type, challenge] = ['content-type', 'www-authenticate'].map((name) => answer.headers.get(name));
  return { status: answer.status, type, challenge, told };
}

/** From the first page to one's own tokens. */
async function toTokens(hand: Hand): Promise<void> {
  await hand.press(hand.page.getByRole('button', { name: 'Rita Requester' }));
  await hand.press(hand.page.getByRole('link', { name: 'Your tokens' }));
  await expect(hand.page.getByRole('heading', { level: 1, name: 'Your tokens' })).toBeVisible();
}

test('a token shows its secret once, opens what its scope allows, and opens nothing once it is revoked', async ({ demo, signIn }) => {
  const rita = await signIn('Rita Requester');
  const name = fresh('pipeline');
  await rita.goto('/access/tokens');
  const secret = await issueOwnToken(rita, name, SCOPE);
  expect(secret).toMatch(/^aegis_token_[0-9A-Za-z]{36}$/);

  expect((await ask(demo.portal, secret, 'exceptions')).status).toBe(200);
  const beyond = await ask(demo.portal, secret, 'decisions');
  expect(beyond).toMatchObject({ status: 403, type: 'application/problem+json', told: { status: 403 } });
  expect(beyond.told.title).toContain('decision.see');

  await rita.goto('/access/tokens');
  const row = rita.getByRole('row', { name });
  await expect(row).toContainText(SCOPE);
  expect(await rita.content()).not.toContain(secret);

  const revoke = row.getByRole('button', { name: `Revoke ${name}` });
  await revoke.click();
  await expect(row).toContainText('Revoked');
  await expect(revoke).toHaveCount(0);
  const refused = await until(
    'the token is refused',
    async () => {
      const answer = await ask(demo.portal, secret, 'exceptions');
      return answer.status === 401 && answer;
    },
    { within: 2_000 },
  );
  expect(refused).toMatchObject({ type: 'application/problem+json', challenge: 'Bearer error="invalid_token"' });
  expect(refused.told).toEqual({ status: 401, title: 'this token was revoked' });
});

test('a form of a token that is sent twice issues one', async ({ signIn }) => {
  const rita = await signIn('Rita Requester', { mayComplain: /status of 409/ });
  const name = fresh('once');
  await rita.goto('/access/tokens');
  await issueOwnToken(rita, name, SCOPE);
  await rita.reload();
  await expect(rita.getByRole('alert')).toContainText('issued before');
  await expect(rita.getByRole('row', { name })).toHaveCount(1);
});

test('a name without a place to break keeps nothing out of reach', async ({ signIn }) => {
  const rita = await signIn('Rita Requester');
  const name = fresh('W'.repeat(80));
  await rita.goto('/access/tokens');
  await issueOwnToken(rita, name, SCOPE);
  await rita.goto('/access/tokens');
  const revoke = rita.getByRole('button', { name: `Revoke ${name}` });
  await expect(revoke).toBeInViewport({ ratio: 1 });
  await revoke.click();
  await expect(rita.getByRole('row', { name })).toContainText('Revoked');
});

test('nobody sees or revokes the tokens of others but those who look after all of them', async ({ demo, signIn }) => {
  const rita = await signIn('Rita Requester');
  const name = fresh('hers');
  await rita.goto('/access/tokens');
  await issueOwnToken(rita, name, SCOPE);
  const [arthur, iris, ada] = [await signIn('Arthur Author'), await signIn('Iris Auditor'), await signIn('Ada Admin')];
  await arthur.goto('/access/tokens');
  await expect(arthur.getByRole('heading', { level: 1, name: 'Your tokens' })).toBeVisible();
  await expect(arthur.getByRole('row', { name })).toHaveCount(0);
  await iris.goto('/access/tokens');
  await expect(iris.getByRole('row', { name })).toContainText('Rita Requester');
  await expect(iris.getByRole('button', { name: `Revoke ${name}` })).toHaveCount(0);
  await ada.goto('/access/tokens');
  await ada.getByRole('button', { name: `Revoke ${name}` }).click();
  await expect(ada.getByRole('row', { name })).toContainText('Revoked');
  const told = await (await Session.of(demo.portal, 'Iris Auditor')).get<{ items: unknown[] }>('audit?kind=token_revoked');
  expect(JSON.stringify(told.items)).toContain(name);
});

test('a token that ends within a fortnight is warned of wherever its owner looks, until it is revoked', async ({ demo, signIn }) => {
  const rita = await signIn('Rita Requester');
  const [soon, late] = [fresh('soon'), fresh('late')];
  for (const [name, days] of [[soon, 10], [late, 90]] as const) {
    await rita.goto('/access/tokens');
    await issueOwnToken(rita, name, SCOPE, days);
  }
  await expect(rita.getByRole('row', { name: soon })).toContainText(/Ends in \d+ d/);
  await expect(rita.getByRole('row', { name: late })).not.toContainText('Ends in');

  const ending = card(rita, 'Tokens about to end');
  await open(rita, '/');
  await expect(ending.getByRole('listitem').filter({ hasText: soon })).toContainText(/Ends in \d+ d/);
  await expect(ending).not.toContainText(late);
  const arthur = await signIn('Arthur Author');
  await expect(arthur.getByRole('main')).not.toContainText(soon);

  const session = await Session.of(demo.portal, 'Rita Requester');
  const inHealth = async () => {
    const { tokens_ending } = await session.get<{ tokens_ending: { name: string }[] }>('policies/health?detail');
    return tokens_ending.map((token) => token.name);
  };
  expect(await inHealth()).toContain(soon);
  expect(await inHealth()).not.toContain(late);

  await ending.getByRole('link', { name: 'Issue the next ones before' }).click();
  await rita.getByRole('button', { name: `Revoke ${soon}` }).click();
  await expect(rita.getByRole('row', { name: soon })).toContainText('Revoked');
  await open(rita, '/');
  await expect(rita.getByRole('main')).not.toContainText(soon);
  expect(await inHealth()).not.toContain(soon);
});

test('a requester issues a token of their own within 4', async ({ signIn }) => {
  await within(4, 'Rita Requester', signIn, async (hand) => {
    const { page } = hand;
    const name = fresh('issued');
    await toTokens(hand);
    await hand.type(page.getByLabel('What it is for'), name);
    await hand.check(page.getByRole('checkbox', { name: SCOPE }));
    await hand.press(page.getByRole('button', { name: 'Issue', exact: true }));
    const told = page.getByRole('alert');
    await expect(told).toContainText('aegis_token_');
    await expect(told, 'the secret is where one reads on').toBeFocused();
    await expect(page.getByRole('row', { name })).toBeVisible();
  });
});

test('a requester revokes a token of their own within 3', async ({ demo, signIn }) => {
  const session = await Session.of(demo.portal, 'Rita Requester');
  await within(3, 'Rita Requester', signIn, async (hand) => {
    const { page } = hand;
    const name = fresh('revoked');
    const ends_at = new Date(Date.now() + 30 * 86_400_000).toISOString();
    await session.post('tokens', { name, scopes: [SCOPE], ends_at }, 201);
    await toTokens(hand);
    await hand.press(page.getByRole('button', { name: `Revoke ${name}` }));
    await expect(page.getByRole('row', { name })).toContainText('Revoked');
    await keepsFocus(page);
  });
});
