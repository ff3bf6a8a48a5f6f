// The server's answer to every list's page, and to pages of one thing, as a browser asks for it, on the data of a year of a large company.

import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';

import { root } from '../support/demo.ts';
import { test } from '../support/journey.ts';
import { allMet, tell } from './figures.ts';

/** Times that each page is asked for, after a warm-up. */
const TIMES = 60;
const WARM_UP = 5;
const WITHIN = 50;

/** Pages by what they ask, as an approver does: heads, narrow and wide filters, each order, and pages far down. */
const PAGES: Record<string, string> = {
  home: '/',
  exceptions: '/exceptions',
  'exceptions, waiting': '/exceptions?standing=requested',
  'exceptions, in force in staging': '/exceptions?standing=in-force&environment=staging',
  'exceptions, ends soon': '/exceptions?standing=expiring&sort=ends',
  'exceptions, mine': '/exceptions?mine=yes',
  'exceptions, a word': '/exceptions?text=team+7',
  'exceptions, two letters': '/exceptions?text=xy',
  'exceptions, one name': '/exceptions?text=bucket-19999',
  'exceptions, most severe': '/exceptions?sort=-severity',
  'exceptions, far down': '/exceptions?after=300.300',
  'exceptions, back up': '/exceptions?before=300.300',
  audit: '/audit',
  'audit, one exception': '/audit?about=EXC-7777',
  'audit, a frequent word': '/audit?about=production',
  'audit, a word of nothing': '/audit?about=nothingness',
  'audit, one person': '/audit?by=Adam',
  'audit, nobody': '/audit?by=nobody',
  'audit, a rare kind': '/audit?kind=exception_approved',
  'audit, a kind that never was': '/audit?kind=token_revoked',
  'audit, by tokens': '/audit?source=token',
  'audit, by jobs': '/audit?source=job',
  'audit, one address': '/audit?from=10.1.3.25',
  'audit, a large network': '/audit?from=10.1.0.0/16',
  'audit, a small network': '/audit?from=10.2.7.0/24',
  'audit, a network of nothing': '/audit?from=192.0.2.0/24',
  'audit, long ago': `/audit?until=${new Date(Date.now() - 300 * 86_400_000).toISOString().slice(0, 10)}`,
  'audit, oldest first': '/audit?sort=time',
  'audit, far down': '/audit?after=500',
  decisions: '/decisions',
  'decisions, a path': '/decisions?path=aegis/ai&environment=production',
  policies: '/policies',
  versions: '/versions',
  imports: '/changesets',
  releases: '/releases',
  'release history': '/releases/history',
  fleet: '/fleet',
  'waits for me': '/waiting',
  'find, a word': '/find?q=team',
  'one exception': '/exceptions/EXC-7777',
  'one policy': '/policies/aegis.provisioning.s3',
  'one version': '/versions/aegis-provisioning/v1.0.0',
  'my sessions': '/sessions',
  'my tokens': '/access/tokens',
};

test('every page answers in time', async ({ demo, signIn }) => {
  // Nearly all of it goes into the seed: the audit's log gives a million entries their places.
  test.setTimeout(1_500_000);
  seed(demo.dataDir);
  const adam = await signIn('Adam Approver');
  const cookie = (await adam.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const met: boolean[] = [];
  console.log(`\n20,000 exceptions, 1,000,000 audit entries: whole pages, one after the other, ${TIMES} times each`);
  for (const [what, path] of Object.entries(PAGES)) {
    const times: number[] = [];
    for (let n = 0; n < WARM_UP + TIMES; n += 1) {
      const started = performance.now();
      await ask(demo.portal + path, cookie, agent);
      if (n >= WARM_UP) times.push(performance.now() - started);
    }
    met.push(tell(what, times, { p: 95, within: WITHIN }));
  }
  agent.destroy();
  allMet(met);
});

/** Fills the demo's database, as its owner. */
function seed(dataDir: string): void {
  const started = performance.now();
  const socket = realpathSync(join(dataDir, 'postgres'));
  if (!existsSync(join(socket, '.s.PGSQL.5432'))) throw new Error(`there is no database's socket in ${socket}`);
  const script = join(root, 'end2end/bench/answers.sql');
  const args = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', socket, '-U', 'aegis_owner', '-d', 'aegis', '-f', script];
  execFileSync('psql', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  console.log(`seeded in ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

/** Asks for a page and reads all of it. */
function ask(url: string, cookie: string, agent: Agent): Promise<void> {
  return new Promise((answered, failed) => {
    const asked = request(url, { agent, headers: { cookie, accept: 'text/html' } }, (answer) => {
      if (answer.statusCode !== 200) failed(new Error(`${url} answered ${answer.statusCode}`));
      answer.resume().once('end', answered);
    });
    asked.once('error', failed).end();
  });
}
