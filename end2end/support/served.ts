// A portal as an organisation runs it: with an identity provider, and without demo people.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, type Page } from '@playwright/test';

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
    /** What the portal is started with. */
    readonly settings: Record<string, string>,
  ) {}

  /** Starts both on free ports, and returns once both answer. `more` are settings beside the usual ones. */
  static async start(more: Record<string, string> = {}): Promise<Served> {
    const [own, other] = await freePorts(2);
    const [portal, provider] = [`http://127.0.0.1:${own}`, `http://127.0.0.1:${other}`];
    const folder = mkdtempSync(join(tmpdir(), 'aegis-sign-in-'));
    // Run by root, Postgres is another user, who has to enter.
    chmodSync(folder, 0o755);
    const script = join(root, 'end2end/support/provider.mjs');
    const settings = {
      PORT: String(own),
      DATA_DIR: join(folder, 'data'),
      SITE_ROOT: process.env['SITE_ROOT'] ?? join(root, 'target/site'),
      PUBLIC_URL: portal,
      OIDC_ISSUER: provider,
      OIDC_CLIENT_ID: 'aegis',
      OIDC_CLIENT_SECRET: 'only for this machine',
      ADMIN_GROUP: 'aegis-admins',
      ...more,
    };
    const processes = [
      run(folder, 'provider', process.execPath, [script, String(other), portal], {}),
      run(folder, 'portal', program(), ['serve'], settings),
    ];
    const served = new Served(folder, processes, portal, provider, settings);
    await served.answers();
    return served;
  }

  private async answers(): Promise<void> {
    const answer = async () => {
      const asked = [`${this.portal}/healthz`, `${this.provider}/.well-known/openid-configuration`].map((url) => fetch(url));
      return (await Promise.allSettled(asked)).every((one) => one.status === 'fulfilled' && one.value.ok);
    };
    await until('the portal and its provider answer', answer, { within: STARTS_WITHIN, every: 100 }).catch(
      async (late) => {
        const logs = this.logs();
        await this.stop();
        throw new Error(`${late}\n${logs}`);
      },
    );
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

  /** Ends the portal alone. */
  async stopPortal(): Promise<void> {
    await end(this.processes[1]!);
  }

  /** Starts it again as it was. */
  async startPortal(): Promise<void> {
    this.processes[1] = run(this.folder, 'portal', program(), ['serve'], this.settings);
    await this.answers();
  }

  async stop(): Promise<void> {
    for (const child of this.processes) await end(child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** From the sign-in page through the provider, where they prove who they are, and back. */
export async function signIn(page: Page, served: Served, login: string): Promise<void> {
  await expect(page.getByRole('heading', { name: 'Sign in to Aegis' })).toBeVisible();
  await expect(page.getByText('Demo people')).toHaveCount(0);
  await page.getByRole('button', { name: 'Go on to sign in' }).click();
  await proveWhoTheyAre(page, served, login);
}

/** At the provider, which asks, and back. */
export async function proveWhoTheyAre(page: Page, served: Served, login: string): Promise<void> {
  await expect(page).toHaveURL(new RegExp(`^${served.provider}/`));
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill('any');
  await page.getByRole('button', { name: /sign-?in/i }).click();
  // It asks once whether the portal may know them, and not again.
  const goOn = page.getByRole('button', { name: /continue/i });
  const back = page.waitForURL((url) => url.href.startsWith(served.portal));
  await Promise.race([back, goOn.waitFor()]);
  if (page.url().startsWith(served.provider)) await goOn.click();
  await back;
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
