// The embedded engine beside `opa run`: the same policies, inputs and machine, in turns; both record their decisions.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from '../support/demo.ts';
import { expect, test } from '../support/journey.ts';
import { Opa } from '../support/opa.ts';
import { issueToken } from '../support/token.ts';
import { percentile } from './figures.ts';
import { load, type Measured, type Question } from './load.ts';

const PATH = 'v1/data/aegis/ai/access_control';
const INPUT = 'policies/test-fixtures/agent-read-ticket.json';
const ROUNDS = 5;
/** Milliseconds that each is asked for in a round, after a warm-up. */
const ROUND = 4_000;
const WARM_UP = 1_000;

test('the embedded engine evaluates beside opa', async ({ demo }) => {
  const opa = await Opa.start(demo, 'bench', join(root, 'policies/rego/ai'));
  try {
    const body = JSON.stringify({ input: JSON.parse(readFileSync(join(root, INPUT), 'utf8')) });
    const json = { 'content-type': 'application/json' };
    const token = { authorization: `Bearer ${await issueToken(demo.portal, 'policy:evaluate')}` };
    const engines: Record<string, Question> = {
      embedded: { url: `${demo.portal}/api/${PATH}`, headers: { ...json, ...token }, body },
      'opa run': { url: `${opa.url}/${PATH}`, headers: json, body },
    };
    const answers = await Promise.all(Object.values(engines).map(result));
    expect(answers[0], 'both answer the same').toEqual(answers[1]);
    console.log(`\n${PATH}, ${INPUT}, ${ROUNDS} rounds of ${ROUND / 1000} s each, in turns`);
    for (const connections of [1, 16]) await compare(engines, connections);
  } finally {
    await opa.stop();
  }
});

async function result({ url, headers, body }: Question): Promise<unknown> {
  const answer = await fetch(url, { method: 'POST', headers, body });
  const told = (await answer.json()) as { result?: unknown };
  expect(told.result, `${url} answered ${answer.status}`).toBeDefined();
  return told.result;
}

async function compare(engines: Record<string, Question>, connections: number): Promise<void> {
  const rounds = new Map<string, Measured[]>(Object.keys(engines).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, question] of Object.entries(engines)) {
      await load(question, connections, WARM_UP);
      rounds.get(name)!.push(await load(question, connections, ROUND));
    }
  }
  for (const [name, measured] of rounds) {
    const rate = percentile(measured.map((one) => one.rate), 50);
    const p99 = percentile(measured.map((one) => percentile(one.times, 99)), 50);
    const told = [`${rate.toFixed(0)} requests/s`.padStart(18), `p99 ${p99.toFixed(2)} ms`.padStart(16)];
    console.log(`${String(connections).padStart(2)} connections  ${name.padEnd(10)}${told.join('')}  (median of the rounds)`);
  }
}
