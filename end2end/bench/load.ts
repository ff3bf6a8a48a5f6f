// Requests as fast as they are answered, over a number of connections.

import { Agent, request } from 'node:http';

/** What is asked, over and over. */
export interface Question {
  url: string;
  headers: Record<string, string>;
  body: string;
}

export interface Measured {
  /** Answers a second. */
  rate: number;
  /** Milliseconds of each. */
  times: number[];
}

/** Asks for some milliseconds over so many connections; any answer but 200 ends it. */
export async function load(question: Question, connections: number, milliseconds: number): Promise<Measured> {
  const started = performance.now();
  const over = started + milliseconds;
  const each = await Promise.all(Array.from({ length: connections }, () => one(question, over)));
  const times = each.flat();
  return { rate: times.length / ((performance.now() - started) / 1000), times };
}

async function one(question: Question, over: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  while (performance.now() < over) {
    const started = performance.now();
    await ask(question, agent);
    times.push(performance.now() - started);
  }
  agent.destroy();
  return times;
}

function ask({ url, headers, body }: Question, agent: Agent): Promise<void> {
  return new Promise((answered, failed) => {
    const length = Buffer.byteLength(body);
    const options = { agent, method: 'POST', headers: { ...headers, 'content-length': length } };
    const asked = request(url, options, (answer) => {
      if (answer.statusCode !== 200) failed(new Error(`${url} answered ${answer.statusCode}`));
      answer.resume().once('end', answered);
    });
    asked.once('error', failed).end(body);
  });
}
