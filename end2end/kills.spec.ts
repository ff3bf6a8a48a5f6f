// The portal killed at random moments while people work: what it acknowledged is still there, what it did not is whole
// or not at all, and the OPAs go on answering. `make fault` kills it a hundred times.

import { fresh, RULE } from './support/deeds.ts';
import { Demo } from './support/demo.ts';
import { expect, test } from './support/journey.ts';
import { askAbout, exemptedBy, Opa } from './support/opa.ts';
import { Refused, Session } from './support/session.ts';
import { pause, until } from './support/until.ts';

const KILLS = Number(process.env['KILLS'] ?? 3);
/** Milliseconds of work before a kill, at most. */
const WORK = 1_500;
const [POLICY, RULE_NAME] = RULE.split('/');

/** What the portal has said of one exception before it was killed. */
interface Acknowledged {
  number: string;
  bucket: string;
  approved: boolean;
}

test('killed at any moment, the portal loses nothing that it acknowledged', async () => {
  test.setTimeout(120_000 + KILLS * 20_000);
  const demo = await Demo.start();
  const { portal } = demo.addresses;
  const opa = await Opa.start(demo.addresses, 'outside');
  const question = new Question(opa.url);
  let running = demo;
  try {
    const rita = await Session.of(portal, 'Rita Requester');
    const adam = await Session.of(portal, 'Adam Approver');
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const moment = Math.random() * WORK;
      const acknowledged: Acknowledged[] = [];
      const working = [work(rita, adam, acknowledged), work(rita, adam, acknowledged)];
      await pause(moment);
      await running.kill();
      await Promise.all(working);
      running = await running.again();
      await test.step(`kill ${kill}, after ${moment.toFixed(0)} ms and ${acknowledged.length} requests`, async () => {
        for (const one of acknowledged) await holds(one, adam, opa.url);
      });
    }
    expect(question.unanswered, 'what OPA did not answer').toEqual([]);
    expect(question.answered).toBeGreaterThan(KILLS);
  } finally {
    await question.stop();
    await opa.stop();
    await running.stop();
    demo.forget();
  }
});

/** Requests exceptions and approves every other, until the portal is gone. */
async function work(rita: Session, adam: Session, acknowledged: Acknowledged[]): Promise<void> {
  try {
    for (let n = 0; ; n += 1) {
      const bucket = fresh('killed');
      const { number } = await rita.post<{ number: string }>('exceptions', wanted(bucket), 201);
      const one = { number, bucket, approved: false };
      acknowledged.push(one);
      if (n % 2 === 1) continue;
      const { seen } = await adam.get<{ seen: string }>(`exceptions/${number}`);
      await adam.post(`exceptions/${number}/approve`, { seen, until: inDays(20), comment: '' }, 200);
      one.approved = true;
    }
  } catch (failed) {
    // No answer is what a killed portal gives; anything that it says is a fault.
    if (failed instanceof Refused) throw failed;
  }
}

function wanted(bucket: string): object {
  return {
    policy: POLICY,
    rule: RULE_NAME,
    resources: [bucket],
    environments: ['production'],
    justification: 'It is killed meanwhile.',
    ticket: 'SEC-1234',
    category: 'waiver',
    until: inDays(30),
  };
}

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}

/** The exception is there, with as many entries of the audit as changes, and OPA decides by how it stands. */
async function holds({ number, bucket, approved }: Acknowledged, adam: Session, opa: string): Promise<void> {
  const { standing } = await adam.get<{ standing: string }>(`exceptions/${number}`);
  // What was sent but not acknowledged may have been done.
  expect(approved ? ['in-force'] : ['requested', 'in-force'], `${number} is ${standing}`).toContain(standing);
  const inForce = standing === 'in-force';
  for (const [kind, entries] of [['exception_requested', 1], ['exception_approved', inForce ? 1 : 0]] as const) {
    const { items } = await adam.get<{ items: { event: { number: string } }[] }>(`audit?kind=${kind}&about=${number}`);
    const about = items.filter(({ event }) => event.number === number);
    expect(about, `${kind} of ${number}`).toHaveLength(entries);
  }
  const exempted = async () => (await exemptedBy(bucket, opa)).includes(number) === inForce;
  await until(`OPA knows that ${number} is ${standing}`, exempted);
}

/** Asks an OPA again and again, and keeps what was not answered. */
class Question {
  readonly unanswered: unknown[] = [];
  answered = 0;
  private over = false;
  private readonly asking: Promise<void>;

  constructor(opa: string) {
    this.asking = this.ask(opa);
  }

  async stop(): Promise<void> {
    this.over = true;
    await this.asking;
  }

  private async ask(opa: string): Promise<void> {
    while (!this.over) {
      const denied = await askAbout('never-exempted', opa).then(({ deny }) => deny.length === 1, String);
      if (denied === true) this.answered += 1;
      else this.unanswered.push(denied);
      await pause(20);
    }
  }
}
