// What would have a page run it, in every field that is shown again: no page runs it, and none complains.

import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import type { Page } from '@playwright/test';

import { test } from './support/alone.ts';
import { RULE } from './support/deeds.ts';
import type { Addresses } from './support/demo.ts';
import { withMetadata, withSyntaxError } from './support/folder.ts';
import { expect, isAlive } from './support/journey.ts';
import { names, packed, PAYLOADS } from './support/payloads.ts';
import { ask, release } from './support/released.ts';
import { Session } from './support/session.ts';
import { issueToken } from './support/token.ts';
import { until } from './support/until.ts';

const IN_DAYS = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

/** Has every page of a browser note what its policy refused. */
function watch(page: Page): Promise<unknown> {
  return page.addInitScript(() => {
    const refused: string[] = [];
    Object.assign(window, { refused });
    document.addEventListener('securitypolicyviolation', (event) => refused.push(`${event.violatedDirective}: ${event.blockedURI}`));
  });
}

/** What of a text has become more than text on the page that is open, each in a line. */
function awake(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { __ran, refused } = window as unknown as { __ran?: unknown; refused: string[] };
    const found = refused.map((one) => `refused: ${one}`);
    if (__ran !== undefined) found.push('something ran');
    for (const element of document.querySelectorAll('*')) {
      const told = `${element.tagName.toLowerCase()}: ${element.outerHTML.slice(0, 120)}`;
      if (element.closest('main') && element.matches('script, img, iframe, object, embed, link, base, meta, video, audio, math')) found.push(told);
      for (const { name, value } of element.attributes) {
        const leads = ['href', 'src', 'action', 'formaction', 'xlink:href', 'data'].includes(name);
        if (name.startsWith('on') || (leads && !/^(https?:\/\/(127\.0\.0\.1|docs\.aws\.amazon\.com)[:/]|\/(?![/\\])|[?#]|$)/.test(value))) found.push(`${name} of ${told}`);
      }
    }
    return found;
  });
}

test('where text is let run, each of them does', async ({ browserOf }) => {
  const page = await browserOf('nobody', { mayComplain: /./ });
  for (const text of packed(2_000)) {
    await page.setContent(text);
    await expect.poll(() => page.evaluate(() => '__ran' in window)).toBe(true);
    await page.goto('about:blank');
  }
});

test('what would run is text in every field, and every page that shows it is quiet', async ({ demo, browserOf }) => {
  const paths = await new Author(demo).types();
  const [wrong, shown]: [string[], string[]] = [[], []];
  const look = async (name: string, all: string[]) => {
    const page = await browserOf(name);
    await watch(page);
    const [cookie, value] = (await Session.of(demo.portal, name)).cookie.split('=') as [string, string];
    await page.context().addCookies([{ name: cookie, value, url: demo.portal }]);
    for (const path of all) {
      const answer = await page.goto(path);
      if (answer!.status() !== 200) wrong.push(`${path}: ${answer!.status()}`);
      if ((await page.locator('script').count()) > 0) await isAlive(page);
      wrong.push(...(await awake(page)).map((one) => `${name}, ${path}: ${one}`));
      shown.push(inOneLine((await page.getByRole('main').textContent())!));
    }
    return page;
  };
  const [adam] = await Promise.all(Object.entries(paths).map(([name, all]) => look(name, all)));
  await adam!.keyboard.press('Control+k');
  const palette = adam!.getByRole('dialog', { name: 'Find or do' });
  await palette.getByRole('combobox').fill('<script>window');
  await expect(palette.getByRole('option').filter({ hasText: '<script>' }).first()).toBeVisible();
  wrong.push(...(await awake(adam!)).map((one) => `what is found: ${one}`));
  expect(wrong).toEqual([]);
  const missing = PAYLOADS.filter((payload) => !shown.some((text) => text.includes(inOneLine(payload))));
  expect(missing, 'what no page shows as it was typed').toEqual([]);
});

function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** Whoever types all of it, over HTTP. */
class Author {
  private readonly reasons = packed(2_000);

  constructor(private readonly demo: Addresses) {}

  /** Types each payload into each field that takes it; returns the pages that show them, by who looks. */
  async types(): Promise<Record<string, string[]>> {
    const [exceptions, built] = await Promise.all([this.exceptions(), this.versions()]);
    await Promise.all([this.tokens(), this.groups(), this.decisions(), this.status()]);
    const [views, fleet] = [await this.views(), await (await this.as('Otto Operator')).get<{ items: { id: string }[] }>('fleet')];
    const asked = packed(200).slice(0, 3).map(encodeURIComponent);
    return {
      'Adam Approver': [
        '/', '/waiting', '/exceptions', '/releases', '/releases/history', ...exceptions, ...built.promotions,
        `${exceptions[0]}?ask=deny`, ...asked.flatMap((words) => [`/exceptions?text=${words}`, `/find?q=${words}`, `/exceptions/new?resource=${words}`]),
      ],
      'Arthur Author': ['/', '/policies', '/policies/aegis.provisioning.s3', '/changesets', ...built.changesets, '/versions', ...built.versions, '/exceptions', ...views],
      'Iris Auditor': [
        '/', '/audit', '/audit?kind=exception_denied', '/audit?kind=token_issued', '/audit?kind=group_mapped', '/audit?kind=promotion_declined', '/decisions', `/decisions/${DECISION}`,
        '/access/why', '/audit/evidence', '/fleet', ...fleet.items.map(({ id }) => `/fleet/${id}`),
      ],
      'Ada Admin': ['/access', '/access/tokens', '/access/review'],
    };
  }

  /** One that is waited for, one denied, one that was in force, for each text. */
  private async exceptions(): Promise<string[]> {
    const [rita, adam] = [await this.as('Rita Requester'), await this.as('Adam Approver')];
    const resources = PAYLOADS.filter((payload) => !/[*?]/.test(payload));
    const tickets = packed(200);
    const [policy, rule] = RULE.split('/');
    const request = async (at: number) => {
      const some = resources.filter((_, n) => n % this.reasons.length === at);
      const words = { justification: this.reasons[at], ticket: tickets[at], category: 'waiver', until: IN_DAYS(20) };
      const wanted = { policy, rule, resources: some, environments: ['production'], ...words };
      return (await rita.post<{ number: string }>('exceptions', wanted, 201)).number;
    };
    const numbers: string[] = [];
    for (const [at, text] of this.reasons.entries()) {
      const [waits, denied, revoked] = [await request(at), await request(at), await request(at)];
      await adam.post(`exceptions/${denied}/deny`, { reason: text }, 200);
      const { seen } = await adam.get<{ seen: string }>(`exceptions/${revoked}`);
      await adam.post(`exceptions/${revoked}/approve`, { seen, until: IN_DAYS(19), comment: text }, 200);
      await adam.post(`exceptions/${revoked}/revoke`, { reason: text }, 200);
      numbers.push(waits!, denied!, revoked!);
    }
    return numbers.map((number) => `/exceptions/${number}`);
  }

  /** A version whose METADATA and note say them, and its way: asked for, declined, rolled back. */
  private async versions(): Promise<{ changesets: string[]; versions: string[]; promotions: string[] }> {
    const [arthur, audrey, otto] = [await this.as('Arthur Author'), await this.as('Audrey Author'), await this.as('Otto Operator')];
    // An import takes its time, so that not all of them are in notes.
    const notes = packed(500).slice(0, 5);
    const [title, description, fix] = this.reasons as [string, string, string];
    const words = { title, description, fix, ref: 'javascript:window.__ran=1', owner: '"><img src=x onerror=window.__ran=1>', controls: PAYLOADS.slice(0, 20) };
    const pushed = await arthur.push<Pushed>(withMetadata(words), notes[0]!, 201);
    const changesets = [`/changesets/${pushed.id}`];
    for (const note of notes.slice(1)) await arthur.push(withSyntaxError().archive, note, 422);
    const { number } = pushed.versions.find(({ bundle }) => bundle === BUNDLE)!;
    const [first, second] = ['development', 'staging'];
    await release(this.demo, number, first!);
    await arthur.post('releases', { bundle: BUNDLE, version: number, environment: second, reason: this.reasons[0] }, 201);
    const promotions: string[] = [];
    for (const text of this.reasons) {
      const id = await ask(this.demo, number, text);
      promotions.push(`/promotions/${id}`);
      await audrey.post(`promotions/${id}/decline`, { reason: text }, 200);
    }
    promotions.push(`/promotions/${await ask(this.demo, number, this.reasons[0])}`);
    await otto.post('releases/rollback', { bundle: BUNDLE, environment: second, reason: this.reasons[1] }, 201);
    return { changesets, versions: [`/versions/${BUNDLE}/${number}`], promotions };
  }

  private async tokens(): Promise<void> {
    const rita = await this.as('Rita Requester');
    await Promise.all(names(100).slice(0, 50).map((name) => rita.post('tokens', { name, scopes: ['exception:request'], ends_at: IN_DAYS(10) }, 201)));
  }

  private async groups(): Promise<void> {
    const ada = await this.as('Ada Admin');
    for (const group of names(100).slice(0, 30)) await this.send(ada, '/access', { act: 'map', group, role: 'operator', scope: 'portal' });
  }

  /** Returns the addresses of those that are kept. */
  private async views(): Promise<string[]> {
    const arthur = await this.as('Arthur Author');
    for (const name of names(40).slice(0, 20)) await this.send(arthur, '/api/view/keep', { list: 'exceptions', name, query: 'severity=high' });
    return ['/exceptions?severity=high'];
  }

  /** By the embedded engine, and by an OPA that says so itself. */
  private async decisions(): Promise<void> {
    const arthur = await this.as('Arthur Author');
    for (const text of this.reasons) {
      const input = { agent_id: text, action: text, resource: Object.fromEntries([...PAYLOADS.entries()].map(([n, payload]) => [payload, n])) };
      await arthur.post('policies/evaluate', { namespace: 'aegis.ai.access_control', input }, 200);
    }
    const events = PAYLOADS.map((payload, n) => decision(n, payload));
    await this.report('logs', new Uint8Array(gzipSync(JSON.stringify(events))), { 'content-encoding': 'gzip' });
  }

  /** What an OPA says of itself. */
  private async status(): Promise<void> {
    const [name, text] = [PAYLOADS[0]!, packed(500)[0]!];
    const bundles = { [BUNDLE]: { name: BUNDLE, active_revision: text, code: 'bundle_error', message: text } };
    const status = { labels: { id: randomUUID(), instance: name, version: text }, bundles };
    await this.report('status', JSON.stringify(status), {});
  }

  private async report(what: string, body: BodyInit, more: Record<string, string>): Promise<void> {
    const token = await issueToken(this.demo.portal, 'opa', 'production');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...more };
    // A new token is known to the shelf a moment later.
    await until(`${what} are taken`, async () => (await fetch(`${this.demo.portal}/opa/production/${what}`, { method: 'POST', headers, body })).ok, { every: 200 });
  }

  private as(name: string): Promise<Session> {
    return Session.of(this.demo.portal, name);
  }

  /** As a page's form is sent. */
  private async send(session: Session, path: string, fields: Record<string, string>): Promise<void> {
    const headers = { origin: this.demo.portal, cookie: session.cookie, accept: 'text/html' };
    const answer = await fetch(`${this.demo.portal}${path}`, { method: 'POST', headers, body: new URLSearchParams(fields), redirect: 'manual' });
    expect([302, 303], `${path}: ${answer.status} ${await answer.text()}`).toContain(answer.status);
  }
}

const BUNDLE = 'aegis-provisioning';
const DECISION = decisionId(0);

interface Pushed {
  id: string;
  versions: { bundle: string; number: string }[];
}

function decisionId(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

function decision(n: number, payload: string): object {
  const deny = [{ name: payload, rule: payload, msg: payload }];
  return {
    labels: { id: '00000000-0000-4000-8000-00000000abcd', instance: payload, version: payload },
    decision_id: decisionId(n),
    bundles: { [payload]: { revision: payload } },
    path: 'aegis/provisioning/s3',
    input: { resource: { type: payload, name: payload, attributes: n === 0 ? PAYLOADS : payload } },
    result: { deny, exempted: [] },
    timestamp: new Date(Date.now() - n * 1_000).toISOString(),
    metrics: {},
  };
}
