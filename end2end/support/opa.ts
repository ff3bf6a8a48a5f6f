// What an OPA answers, and an OPA of our own beside those of the demo.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Addresses } from './demo.ts';
import { freePorts } from './ports.ts';
import { issueToken } from './token.ts';
import { until } from './until.ts';

/** A finding of a policy. */
export interface Found {
  name: string;
  rule: string;
  msg: string;
  exception?: { id: string };
}

/** What `aegis.provisioning.s3` says of one bucket without encryption. */
export interface Answer {
  deny: Found[];
  exempted: Found[];
  /** Revisions of the bundles that it was answered from, by their names. */
  revisions: Record<string, string>;
}

/** Asks an OPA about a bucket of this name that has no encryption. */
export async function askAbout(bucket: string, opa: string): Promise<Answer> {
  const resource = { type: 'aws_s3_bucket', name: bucket, attributes: { acl: 'private' } };
  const answer = await fetch(`${opa}/v1/data/aegis/provisioning/s3?provenance=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input: { resource } }),
  });
  const { result, provenance } = (await answer.json()) as Told;
  const bundles = Object.entries(provenance.bundles ?? {});
  const revisions = Object.fromEntries(bundles.map(([name, { revision }]) => [name, revision]));
  return { deny: result.deny, exempted: result.exempted, revisions };
}

/** OPA's own shape (its documentation, "REST API", with provenance). */
interface Told {
  result: { deny: Found[]; exempted: Found[] };
  provenance: { bundles?: Record<string, { revision: string }> };
}

/** The messages of its denies. */
export async function denies(bucket: string, opa: string): Promise<string[]> {
  return (await askAbout(bucket, opa)).deny.map((found) => found.msg);
}

/** The exceptions that let a bucket through which is denied otherwise. */
export async function exemptedBy(bucket: string, opa: string): Promise<(string | undefined)[]> {
  const { deny, exempted } = await askAbout(bucket, opa);
  return deny.length > 0 ? [] : exempted.map((found) => found.exception?.id);
}

/** Returns once an OPA denies the bucket. */
export function untilDenied(bucket: string, opa: string, within = 15_000): Promise<unknown> {
  const denied = async () => (await denies(bucket, opa)).length > 0;
  return until(`${opa} denies ${bucket}`, denied, { within });
}

/** Returns once an OPA exempts the bucket. */
export function untilExempted(bucket: string, opa: string, within = 15_000): Promise<unknown> {
  const exempted = async () => (await exemptedBy(bucket, opa)).length > 0;
  return until(`${opa} exempts ${bucket}`, exempted, { within });
}

/**
 * A production OPA that is not the demo's child, as those of a real fleet are not: it goes on when the portal and the
 * demo end.
 */
export class Opa {
  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
  ) {}

  /**
   * Starts it with the boot configuration of the demo's production OPA, and a token of its own; with policies of its
   * own beside those of its bundles, if a folder of them is named.
   */
  static async start({ portal, dataDir }: Addresses, instance: string, ...folders: string[]): Promise<Opa> {
    const [port] = await freePorts(1);
    const folder = join(dataDir, 'opa', instance);
    mkdirSync(folder, { recursive: true });
    const boot = readFileSync(join(dataDir, 'opa/production/boot.yaml'), 'utf8');
    // Its first line is a comment; the rest is JSON, which is YAML too.
    const config = JSON.parse(boot.replace(/^#.*\n/, ''));
    Object.assign(config, { labels: { instance }, persistence_directory: join(folder, 'bundles') });
    writeFileSync(join(folder, 'boot.yaml'), JSON.stringify(config));
    const token = await issueToken(portal, 'opa', 'production');
    const opa = new Opa(`http://127.0.0.1:${port}`, run(port!, folder, folders, token));
    const loaded = async () => (await fetch(`${opa.url}/health?bundles&plugins`).catch(() => undefined))?.ok;
    await until('an OPA of our own has its bundles', loaded);
    return opa;
  }

  /** Stops it in its tracks, as a machine that is out of breath does. */
  freeze(): void {
    this.process.kill('SIGSTOP');
  }

  /** Lets it go on. */
  thaw(): void {
    this.process.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.thaw();
    this.process.kill('SIGTERM');
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit');
  }
}

function run(port: number, folder: string, policies: string[], token: string): ChildProcess {
  const config = ['--addr', `127.0.0.1:${port}`, '--config-file', join(folder, 'boot.yaml')];
  const quiet = ['--skip-version-check', '--log-level', 'error', '--shutdown-grace-period', '1'];
  const opa = [process.env['OPA_BIN'] ?? 'opa', 'run', ...policies, '--server', ...config, ...quiet];
  const log = openSync(join(folder, 'opa.log'), 'w');
  // The signal on the test runner's death stops it too.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...opa], {
    env: { PATH: process.env['PATH'], AEGIS_OPA_TOKEN: token },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return child;
}
