// Tokens for machines, issued as docs/api.md says: over the API, from the session of whoever answers for them; those of
// OPAs from an admin's.

import { Session } from './session.ts';

/** Issues one that ends two months after `now`, and returns its secret. */
export async function issueToken(portal: string, scope: string, environment?: string, now = new Date()): Promise<string> {
  const ends_at = new Date(now.getTime() + 60 * 86_400_000).toISOString();
  const issuer = await Session.of(portal, scope === 'opa' ? 'Ada Admin' : 'Arthur Author');
  const wanted = { name: `${scope} of the tests`, scopes: [scope], environment, ends_at };
  return (await issuer.post<{ secret: string }>('tokens', wanted, 201)).secret;
}
