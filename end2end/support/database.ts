// A Postgres of one's own, as whoever administers it sees it: as superuser, with dumps.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { root } from './demo.ts';

const NAME = 'aegis';

export class Database {
  private constructor(
    private readonly process: ChildProcess,
    /** Of the superuser, at the database that is always there. */
    private readonly url: string,
  ) {}

  static async start(): Promise<Database> {
    const tell = ['sh', '-c', 'echo "$DATABASE_URL"; exec sleep infinity'];
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', join(root, 'scripts/with-postgres'), ...tell], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    const [url] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
    const database = new Database(child, url);
    // What the portal signs in as owns nothing.
    database.psql(url, 'create role aegis_server', 'create role aegis_portal login in role aegis_server');
    database.psql(url, `create database ${NAME}`);
    return database;
  }

  /** What a portal is started with to use it. */
  get settings(): Record<string, string> {
    return { DATABASE_OWNER_URL: this.at('postgres'), DATABASE_URL: this.at('aegis_portal') };
  }

  /** As the superuser; what a query finds, a row a line. */
  run(...sql: string[]): string {
    return this.psql(this.at('postgres'), ...sql);
  }

  dump(): string {
    return execFileSync('pg_dump', [this.at('postgres')], { encoding: 'utf8', maxBuffer: 1 << 28 });
  }

  /** In the place of what is there. Nobody may be using it. */
  restore(dump: string): void {
    this.psql(this.url, `drop database ${NAME}`, `create database ${NAME}`);
    const quiet = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', this.at('postgres')];
    execFileSync('psql', quiet, { input: dump, stdio: ['pipe', 'ignore', 'inherit'] });
  }

  /** Its whole group: the script that watches over it waits for nothing else. */
  async stop(): Promise<void> {
    process.kill(-this.process.pid!, 'SIGTERM');
    if (this.process.exitCode === null) await once(this.process, 'exit');
  }

  private at(role: string): string {
    const url = new URL(this.url);
    url.username = role;
    url.pathname = `/${NAME}`;
    return url.href;
  }

  private psql(url: string, ...sql: string[]): string {
    const commands = sql.flatMap((one) => ['-c', one]);
    return execFileSync('psql', ['-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1', ...commands, url], { encoding: 'utf8' }).trim();
  }
}
