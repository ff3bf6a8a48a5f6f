// An identity provider on this machine: npm's oidc-provider with two people and their groups, for one portal.
//
// usage: node support/provider.mjs PORT PORTAL

import { randomBytes } from 'node:crypto';

import Provider from 'oidc-provider';

const [port, portal] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

/** Who they are, by what they type as their login. Any password is right. */
const PEOPLE = {
  olga: { name: 'Olga Owner', email: 'olga@example.com', groups: ['aegis-admins', 'everybody'] },
  paul: { name: 'Paul Public', email: 'paul@example.com', groups: ['everybody'] },
};

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'aegis',
      client_secret: 'only for this machine',
      redirect_uris: [`${portal}/sign-in/callback`],
      post_logout_redirect_uris: [`${portal}/sign-in`],
      backchannel_logout_uri: `${portal}/sign-in/back-channel-logout`,
      backchannel_logout_session_required: true,
    },
  ],
  // What belongs to the profile comes when it is asked for, as the specification has it, and not in the ID token.
  claims: { openid: ['sub'], profile: ['name', 'groups'], email: ['email'] },
  findAccount: (_, login) =>
    PEOPLE[login] && { accountId: login, claims: () => ({ sub: login, ...PEOPLE[login] }) },
  features: { devInteractions: { enabled: true }, backchannelLogout: { enabled: true } },
  pkce: { required: () => true },
  // It keeps itself from calling this machine, where the portal is that it orders to sign somebody out.
  fetch: (url, { dispatcher: _, ...options }) => globalThis.fetch(url, options),
  cookies: { keys: [randomBytes(16).toString('hex')] },
});

for (const trouble of ['server_error', 'backchannel.error', 'authorization.error', 'grant.error']) {
  provider.on(trouble, (_, error) => console.error(trouble, error));
}
provider.on('backchannel.success', () => console.log('an order to sign out was obeyed'));
provider.listen(Number(port), '127.0.0.1', () => console.log(`${issuer} is up`));
