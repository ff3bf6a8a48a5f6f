// Tokens for machines, issued as docs/api.md says: over the API, from an admin's session.

import { Session } from './session.ts';

/** Issues one that ends a day after `now`, and returns its secret. */
export async function issueToken(portal: string, scope: string, environment?: string, now = new Date()): Promise<string> {
  const ends_at = new Date(now.getTime() + 86_400_000).toISOString();
  const ada = await Session.of(portal, 'Ada Admin');
  const wanted = { name: `${scope} of the tests`, scopes: [scope], environment, ends_at };
  return (await ada.post<{ secret: string }>('tokens', wanted, 201)).secret;
}
