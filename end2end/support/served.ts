// A portal as an organisation runs it: with an identity provider, and without demo people.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { program, root } from './demo.ts';
import { freePorts } from './ports.ts';
import { until } from './until.ts';

/** Milliseconds from nothing: a new database. */
const STARTS_WITHIN = 60_000;

export class Served {
  private constructor(
    private readonly folder: string,
    private readonly processes: ChildProcess[],
    readonly portal: string,
    readonly provider: string,
  ) {}

  /** Starts both on free ports, and returns once both answer. */
  static async start(): Promise<Served> {
    const [own, other] = await freePorts(2);
    const [portal, provider] = [`http://127.0.0.1:${own}`, `http://127.0.0.1:${other}`];
    const folder = mkdtempSync(join(tmpdir(), 'aegis-sign-in-'));
    // Run by root, Postgres is another user, who has to enter.
    chmodSync(folder, 0o755);
    const script = join(root, 'end2end/support/provider.mjs');
    const processes = [
      run(folder, 'provider', process.execPath, [script, String(other), portal], {}),
      run(folder, 'portal', program(), ['serve'], {
        PORT: String(own),
        DATA_DIR: join(folder, 'data'),
        SITE_ROOT: process.env['SITE_ROOT'] ?? join(root, 'target/site'),
        PUBLIC_URL: portal,
        OIDC_ISSUER: provider,
        OIDC_CLIENT_ID: 'aegis',
        OIDC_CLIENT_SECRET: 'only for this machine',
        ADMIN_GROUP: 'aegis-admins',
      }),
    ];
    const served = new Served(folder, processes, portal, provider);
    const answer = async () => {
      const asked = [`${portal}/healthz`, `${provider}/.well-known/openid-configuration`].map((url) => fetch(url));
      return (await Promise.allSettled(asked)).every((one) => one.status === 'fulfilled' && one.value.ok);
    };
    await until('the portal and its provider answer', answer, { within: STARTS_WITHIN, every: 100 }).catch(
      async (late) => {
        const logs = served.logs();
        await served.stop();
        throw new Error(`${late}\n${logs}`);
      },
    );
    return served;
  }

  /** What both have said. */
  logs(): string {
    return ['provider', 'portal'].map((name) => readFileSync(join(this.folder, `${name}.log`), 'utf8')).join('\n');
  }

  /** Has everybody's last proof of who they are be twenty minutes older. */
  ageProofs(): void {
    const socket = realpathSync(join(this.folder, 'data/postgres'));
    const older = "update session set proven_at = proven_at - interval '20 minutes'";
    execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', socket, '-U', 'aegis_owner', '-d', 'aegis', '-c', older]);
  }

  /** Ends the provider alone. */
  async stopProvider(): Promise<void> {
    await end(this.processes[0]!);
  }

  async stop(): Promise<void> {
    for (const child of this.processes) await end(child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function run(folder: string, name: string, command: string, args: string[], settings: Record<string, string>) {
  const output = openSync(join(folder, `${name}.log`), 'w');
  // The signal on the test runner's death stops it too, however the runner ends.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', command, ...args], {
    cwd: join(root, 'end2end'),
    env: { ...process.env, ...settings },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  return child;
}
