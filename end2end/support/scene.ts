// A portal with something to see on every page, the same in every run: its clock is wound by hand, its ids are
// counted, its signing key is always the same one, and its people do the same things at the same times.

import { createECDH, createHash, createPrivateKey } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { RULE } from './deeds.ts';
import { Demo } from './demo.ts';
import { withMessage, withSyntaxError } from './folder.ts';
import type { Name } from './journey.ts';
import { Session } from './session.ts';
import { issueToken } from './token.ts';
import { until } from './until.ts';

/** When the pictures are taken. */
export const NOW = new Date('2026-05-20T12:30:00Z');
export const BEGINNING = ago({ days: 44 });

/** Names and numbers of what was done, for the addresses of its pages. */
export interface Made {
  /** Ids of changesets: one that was refused, one that passed. */
  refused: string;
  passed: string;
  /** The version of `aegis-provisioning` that the passed one became. */
  version: string;
  /** The id of one that waits for a second person. */
  promotion: string;
  /** Numbers of exceptions: one that waits for a decision, one in force. */
  waits: string;
  inForce: string;
  /** The id of production's OPA. */
  instance: string;
  /** The id of whoever asked for the one that waits. */
  requester: string;
}

export class Scene {
  private constructor(
    readonly demo: Demo,
    private readonly clock: string,
  ) {}

  /** Starts a portal and does the work. */
  static async set(): Promise<{ demo: Demo; made: Made }> {
    let clock = '';
    const demo = await Demo.start((dataDir) => {
      mkdirSync(join(dataDir, 'keys'), { recursive: true, mode: 0o700 });
      writeFileSync(join(dataDir, 'keys/signing.pem'), signingKey(), { mode: 0o600 });
      clock = join(dataDir, 'clock');
      writeFileSync(clock, BEGINNING.toISOString());
      return { DEMO_CLOCK: clock };
    });
    try {
      return { demo, made: await new Scene(demo, clock).play() };
    } catch (failed) {
      await demo.stop();
      demo.forget();
      throw failed;
    }
  }

  private async play(): Promise<Made> {
    const soon = await this.exception(
      { by: { days: 21 }, for: 24, rule: 'aegis.provisioning.ec2/deny_public_ip', resources: ['bastion-eu-1'] },
      'The VPN of the new office is delivered in May.',
    );
    await this.approve(soon, { days: 20 }, 'Until the VPN is there.');
    const denied = await this.exception(
      { by: { days: 12 }, for: 30, rule: 'aegis.provisioning.network/deny_open_port', resources: ['metrics-ingress'] },
      'Grafana is reached from everywhere.',
    );
    await this.as('Adam Approver', { days: 11, hours: 20 }, (adam) =>
      adam.post(`exceptions/${denied}/deny`, { reason: 'The gateway offers this without an open port.' }, 200),
    );
    const arthur = await this.session('Arthur Author', { days: 2, hours: 3 });
    await arthur.push(withSyntaxError().archive, 'Half a rule', 422);
    const [{ id: refused }] = (await arthur.get<{ items: [{ id: string }] }>('changesets')).items;
    const message = 'must be encrypted by a key of ours';
    const pushed = await this.as('Arthur Author', { days: 1, hours: 4 }, (author) =>
      author.push<Pushed>(withMessage(message), 'Say it more plainly', 201),
    );
    const version = pushed.versions.find(({ bundle }) => bundle === 'aegis-provisioning')!.number;
    for (const [environment, when] of [['development', { days: 1, hours: 3 }], ['staging', { days: 1 }]] as const) {
      const wanted = { bundle: 'aegis-provisioning', version, environment };
      await this.as('Arthur Author', when, (author) => author.post('releases', wanted, 201));
    }
    const inForce = await this.exception(
      { by: { hours: 26 }, for: 28, rule: RULE, resources: ['legacy-archive-bucket'] },
      'The archive is migrated this quarter.',
    );
    await this.approve(inForce, { hours: 5 }, 'Until the migration is done.');
    const wanted = { bundle: 'aegis-provisioning', version, environment: 'production', reason: 'Reads better in a pipeline.' };
    const { id: promotion } = await this.as('Arthur Author', { hours: 3 }, (author) =>
      author.post<{ id: string }>('promotions', wanted, 201),
    );
    await this.exception(
      { by: { hours: 2 }, for: 14, rule: 'aegis.provisioning.iam/deny_user_access_key', resources: ['ci-publisher'] },
      'The runner cannot assume a role until it is moved.',
    );
    const waits = await this.exception(
      { by: { minutes: 25 }, for: 20, rule: RULE, resources: ['analytics-scratch', 'analytics-export'] },
      'Scratch data of one quarter; the bucket is emptied in June.',
    );
    await this.decisions(inForce);
    const instance = await this.settle();
    const { requested_by } = await this.as('Rita Requester', {}, (rita) =>
      rita.get<{ requested_by: { id: string } }>(`exceptions/${waits}`),
    );
    return { refused, passed: pushed.id, version, promotion, waits, inForce, instance, requester: requested_by.id };
  }

  /** Sends what production decided in the last day, in OPA's own words. */
  private async decisions(exception: string): Promise<void> {
    writeFileSync(this.clock, NOW.toISOString());
    const { portal } = this.demo.addresses;
    const token = await issueToken(portal, 'opa', 'production', NOW);
    const events = Array.from({ length: DECISIONS }, (_, n) => decision(n, exception));
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const body = new Uint8Array(gzipSync(JSON.stringify(events)));
    // A new token is known to the shelf a moment later.
    const taken = async () => (await fetch(`${portal}/opa/production/logs`, { method: 'POST', headers, body })).ok;
    await until('the decisions are taken', taken, { every: 200 });
  }

  /** Has every OPA report at the moment of the pictures, and returns the id of production's. */
  private async settle(): Promise<string> {
    const otto = await this.session('Otto Operator', {});
    for (const environment of ['staging', 'production']) await otto.post('policies/reload', { environment }, 200);
    const settled = async () => {
      const { items } = await otto.get<{ items: Instance[] }>('fleet');
      const here = items.every((one) => one.drift === 'converged' && +new Date(one.last_seen) === +NOW);
      return here && items.find(({ name }) => name === 'demo-production')?.id;
    };
    return until('every OPA reports that it runs what is released', settled, { within: 60_000, every: 100 });
  }

  /** Somebody's session at a time before the pictures; time stands still there. */
  private session(name: Name, before: Ago): Promise<Session> {
    writeFileSync(this.clock, ago(before).toISOString());
    return Session.of(this.demo.addresses.portal, name);
  }

  private async as<T>(name: Name, before: Ago, deed: (session: Session) => Promise<T>): Promise<T> {
    return deed(await this.session(name, before));
  }

  /** Asks for leave, and returns its number. */
  private async exception({ by, for: days, rule, resources }: Asked, justification: string): Promise<string> {
    const [policy, name] = rule.split('/');
    const end = new Date(ago(by).getTime() + days * 86_400_000).toISOString();
    const words = { justification, ticket: 'SEC-1234', category: 'waiver', until: end };
    const wanted = { policy, rule: name, resources, environments: ['production'], ...words };
    const { number } = await this.as('Rita Requester', by, (rita) => rita.post<{ number: string }>('exceptions', wanted, 201));
    return number;
  }

  private approve(number: string, before: Ago, comment: string): Promise<unknown> {
    return this.as('Adam Approver', before, async (adam) => {
      const { seen, wanted_until } = await adam.get<{ seen: string; wanted_until: string }>(`exceptions/${number}`);
      return adam.post(`exceptions/${number}/approve`, { seen, until: wanted_until, comment }, 200);
    });
  }
}

/** How many decisions there are, and the id of the newest one that was a deny. */
const DECISIONS = 96;
export const DENIED = decisionId(DECISIONS - 1);

function decisionId(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** The n-th of the day: one in twelve is denied, one in sixteen exempted. */
function decision(n: number, exception: string): object {
  const name = n % 16 === 7 ? 'legacy-archive-bucket' : `team-${(n * 7) % 23}-data`;
  const finding = { name, rule: 'deny_no_encryption', msg: `S3 bucket '${name}' must have server-side encryption enabled` };
  const exempted = n % 16 === 7 ? [{ ...finding, exception: { id: exception } }] : [];
  const deny = n % 12 === 11 ? [finding] : [];
  const resource = { type: 'aws_s3_bucket', name, attributes: { acl: 'private', encrypted: deny.length + exempted.length === 0 } };
  return {
    labels: { id: '00000000-0000-4000-8000-00000000abcd', instance: 'demo-production', version: '1.22.2' },
    decision_id: decisionId(n),
    bundles: { 'aegis-provisioning': { revision: 'v1.0.0' }, 'aegis-exceptions': { revision: 'r3' } },
    path: 'aegis/provisioning/s3',
    input: { resource },
    result: { deny, exempted },
    timestamp: ago({ minutes: 2 + (DECISIONS - 1 - n) * 14 }).toISOString(),
    metrics: { timer_server_handler_ns: 400_000 + n * 1_000 },
  };
}

interface Asked {
  by: Ago;
  /** Days. */
  for: number;
  rule: string;
  resources: string[];
}

interface Pushed {
  id: string;
  versions: { bundle: string; number: string }[];
}

interface Instance {
  id: string;
  name: string;
  drift: string;
  last_seen: string;
}

interface Ago {
  days?: number;
  hours?: number;
  minutes?: number;
}

function ago({ days = 0, hours = 0, minutes = 0 }: Ago): Date {
  return new Date(NOW.getTime() - ((days * 24 + hours) * 60 + minutes) * 60_000);
}

/** A private key of P-256 in PKCS#8 PEM that everybody can work out: it signs for pictures and nothing else. */
export function signingKey(): string {
  const d = createHash('sha256').update('a key for pictures').digest();
  const half = createECDH('prime256v1');
  half.setPrivateKey(d);
  const point = half.getPublicKey();
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  const jwk = { kty: 'EC', crv: 'P-256', d: d.toString('base64url'), x: x!, y: y! };
  return createPrivateKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'pkcs8' }).toString();
}
