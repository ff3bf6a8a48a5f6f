// Versions on their way, put there over the API: for journeys that begin where one waits.

import type { Addresses } from './demo.ts';
import { fresh } from './deeds.ts';
import { withMessage } from './folder.ts';
import { Session } from './session.ts';

const BUNDLE = 'aegis-provisioning';

/** Imports the policies with another message, as Arthur Author; returns the version that they became, and the message. */
export async function pushVersion({ portal }: Addresses): Promise<{ version: string; message: string }> {
  const message = `must be encrypted (${fresh('rule')})`;
  const arthur = await Session.of(portal, 'Arthur Author');
  const pushed = await arthur.push<{ versions: { bundle: string; number: string }[] }>(withMessage(message), 'Say it more plainly', 201);
  return { version: pushed.versions.find(({ bundle }) => bundle === BUNDLE)!.number, message };
}

/** Puts a version in force where nobody guards. */
export async function release({ portal }: Addresses, version: string, environment: string): Promise<void> {
  const arthur = await Session.of(portal, 'Arthur Author');
  await arthur.post('releases', { bundle: BUNDLE, version, environment }, 201);
}

/** Asks for a version to be put in force in production, and returns the promotion's id. */
export async function ask({ portal }: Addresses, version: string, reason = 'It reads better.'): Promise<string> {
  const arthur = await Session.of(portal, 'Arthur Author');
  const wanted = { bundle: BUNDLE, version, environment: 'production', reason };
  return (await arthur.post<{ id: string }>('promotions', wanted, 201)).id;
}
