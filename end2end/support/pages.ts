// Every page of the portal: who looks at it, at which address, and what must be there to be seen. What is proven of
// pages is proven of all of these, and a test holds the list equal to the server's own.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './demo.ts';
import type { Name } from './journey.ts';
import { DENIED, type Made } from './scene.ts';

/** A page, or one of the faces that a page has. */
export interface Shown {
  name: string;
  /** The address as the server's list has it; none where the server lists nothing. */
  route?: string;
  /** Who looks; nobody where strangers do. */
  who?: Name;
  /** Where, in the prepared portal. */
  at: (made: Made) => string;
  /** What it is answered with, if not 200. */
  status?: number;
  /** Whether it is a page of last resort, which runs no scripts. */
  plain?: true;
  /** Whether a picture shows it to its end, however long it is. */
  whole?: true;
  /** What no two runs have alike, as a selector: pictures are taken without it. */
  without?: string;
}

const fixed = (path: string) => () => path;

export const PAGES: Shown[] = [
  { name: 'sign-in', route: '/sign-in', at: fixed('/sign-in') },
  { name: 'home', route: '/', who: 'Adam Approver', at: fixed('/') },
  { name: 'home-requester', who: 'Rita Requester', at: fixed('/') },
  { name: 'home-author', who: 'Arthur Author', at: fixed('/') },
  { name: 'home-operator', who: 'Otto Operator', at: fixed('/') },
  { name: 'policies', route: '/policies', who: 'Arthur Author', at: fixed('/policies') },
  { name: 'policy', route: '/policies/{package}', who: 'Arthur Author', at: fixed('/policies/aegis.provisioning.s3') },
  { name: 'imports', route: '/changesets', who: 'Arthur Author', at: fixed('/changesets') },
  { name: 'import-form', route: '/changesets/new', who: 'Arthur Author', at: fixed('/changesets/new') },
  { name: 'import-refused', route: '/changesets/{id}', who: 'Arthur Author', at: ({ refused }) => `/changesets/${refused}` },
  { name: 'import-passed', who: 'Arthur Author', at: ({ passed }) => `/changesets/${passed}` },
  { name: 'versions', route: '/versions', who: 'Arthur Author', at: fixed('/versions') },
  { name: 'version', route: '/versions/{bundle}/{number}', who: 'Arthur Author', at: ({ version }) => `/versions/aegis-provisioning/${version}` },
  { name: 'releases', route: '/releases', who: 'Adam Approver', at: fixed('/releases') },
  { name: 'roll-back', who: 'Otto Operator', at: fixed('/releases?ask=roll-back&environment=staging&bundle=aegis-provisioning') },
  { name: 'release-history', route: '/releases/history', who: 'Adam Approver', at: fixed('/releases/history') },
  { name: 'promotion', route: '/promotions/{id}', who: 'Adam Approver', at: ({ promotion }) => `/promotions/${promotion}` },
  { name: 'exceptions', route: '/exceptions', who: 'Adam Approver', at: fixed('/exceptions') },
  { name: 'exceptions-nonsense', who: 'Adam Approver', at: fixed('/exceptions?state=purple&before=yesterday&unheard=of') },
  { name: 'exception-form', route: '/exceptions/new', who: 'Rita Requester', at: fixed('/exceptions/new') },
  { name: 'exception-waits', route: '/exceptions/{number}', who: 'Adam Approver', at: ({ waits }) => `/exceptions/${waits}` },
  { name: 'exception', who: 'Adam Approver', at: ({ inForce }) => `/exceptions/${inForce}` },
  { name: 'exception-revoke', who: 'Adam Approver', at: ({ inForce }) => `/exceptions/${inForce}?ask=revoke` },
  { name: 'exceptions-revoke', route: '/exceptions/revoke', who: 'Adam Approver', at: ({ inForce }) => `/exceptions/revoke?number=${inForce}` },
  { name: 'fleet', route: '/fleet', who: 'Otto Operator', at: fixed('/fleet') },
  { name: 'waiting', route: '/waiting', who: 'Adam Approver', at: fixed('/waiting') },
  { name: 'instance', route: '/fleet/{id}', who: 'Otto Operator', at: ({ instance }) => `/fleet/${instance}`, without: '.timeline > li:nth-child(n + 4)' },
  { name: 'decisions', route: '/decisions', who: 'Iris Auditor', at: fixed('/decisions') },
  { name: 'decision', route: '/decisions/{id}', who: 'Iris Auditor', at: fixed(`/decisions/${DENIED}`) },
  { name: 'find', route: '/find', who: 'Adam Approver', at: fixed('/find?q=EXC') },
  { name: 'preferences', route: '/preferences', who: 'Iris Auditor', at: fixed('/preferences') },
  { name: 'sessions', route: '/sessions', who: 'Iris Auditor', at: fixed('/sessions') },
  { name: 'access', route: '/access', who: 'Ada Admin', at: fixed('/access') },
  { name: 'tokens', route: '/access/tokens', who: 'Ada Admin', at: fixed('/access/tokens') },
  { name: 'why', route: '/access/why', who: 'Iris Auditor', at: ({ requester }) => `/access/why?person=${requester}&permission=exception.decide&scope=portal` },
  { name: 'access-review', route: '/access/review', who: 'Ada Admin', at: fixed('/access/review') },
  { name: 'shortcuts', route: '/shortcuts', who: 'Iris Auditor', at: fixed('/shortcuts') },
  // What of it is signed and verified depends on when the picture is taken.
  { name: 'audit', route: '/audit', who: 'Iris Auditor', at: fixed('/audit'), without: '.hits' },
  { name: 'evidence', route: '/audit/evidence', who: 'Iris Auditor', at: fixed('/audit/evidence') },
  { name: 'evidence-wrong', who: 'Iris Auditor', at: fixed('/audit/evidence?since=2026-05-20&until=2026-05-01') },
  { name: 'components', route: '/ui', who: 'Otto Operator', at: fixed('/ui'), whole: true },
  { name: 'no-permission', who: 'Rita Requester', at: fixed('/audit'), status: 403 },
  { name: 'not-found', who: 'Rita Requester', at: fixed('/exceptions/EXC-99999'), status: 404 },
  { name: 'nowhere', at: fixed('/nowhere'), status: 404, plain: true },
];

/** What is answered to GET and is no page: files, the stream of changes, and what programs ask. */
const NO_PAGE = /^\/(api|opa|pkg)\/|^\/(favicon\.ico|mark\.svg|healthz|live|sign-in\/callback)$/;

/** The pages of the server's list, which its own tests hold equal to its routes. */
export function routesOfPages(): string[] {
  const list = readFileSync(join(root, 'server/tests/ways_in.txt'), 'utf8');
  const gets = [...list.matchAll(/^\w+ GET (\S+) /gm)].map(([, path]) => path!);
  return gets.filter((path) => !NO_PAGE.test(path));
}
