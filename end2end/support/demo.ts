// The demo as `make run` starts it: the portal, its private Postgres, and an OPA each for staging and production.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePorts, isTaken } from './ports.ts';
import { until } from './until.ts';

/** The repository. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Milliseconds from nothing: a new database, and the shipped policies checked, built and released. */
const STARTS_WITHIN = 90_000;
const STOPS_WITHIN = 20_000;

/** Where a demo is reached, as plain data: the set-up hands it to the journeys. */
export interface Addresses {
  portal: string;
  staging: string;
  production: string;
  dataDir: string;
}

interface Place {
  ports: [portal: number, staging: number, production: number];
  folder: string;
  /** Settings beside those of every demo. */
  settings: Record<string, string>;
}

export class Demo {
  private constructor(
    private readonly place: Place,
    private readonly process: ChildProcess,
    readonly addresses: Addresses,
  ) {}

  /**
   * Starts one on free ports and an empty folder, and returns once it has greeted. `furnish` may put something into
   * its folder first, and returns further settings.
   */
  static async start(furnish: (dataDir: string) => Record<string, string> = () => ({})): Promise<Demo> {
    const [portal, staging, production] = await freePorts(3);
    const folder = mkdtempSync(join(tmpdir(), 'aegis-journeys-'));
    // Run by root, Postgres is another user, who has to enter.
    chmodSync(folder, 0o755);
    const settings = furnish(dataDir({ folder }));
    return Demo.at({ ports: [portal!, staging!, production!], folder, settings });
  }

  /** Starts it again where it was. */
  again(): Promise<Demo> {
    return Demo.at(this.place);
  }

  private static async at(place: Place): Promise<Demo> {
    const log = join(place.folder, 'demo.log');
    const child = run(place, log);
    const [portal, staging, production] = place.ports.map((port) => `http://127.0.0.1:${port}`);
    const addresses = { portal: portal!, staging: staging!, production: production!, dataDir: dataDir(place) };
    const demo = new Demo(place, child, addresses);
    const greeted = async () => {
      if (ended(child)) throw new Error(`the demo ended by itself:\n${readFileSync(log, 'utf8')}`);
      return readFileSync(log, 'utf8').includes(`Aegis is up: ${portal}`);
    };
    await until('the demo greets', greeted, { within: STARTS_WITHIN, every: 100 }).catch(async (late) => {
      await demo.stop();
      throw new Error(`${late}\n${readFileSync(log, 'utf8')}`);
    });
    return demo;
  }

  /** Ends the portal as a power cut would. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    if (!ended(this.process)) await once(this.process, 'exit');
  }

  /** Stops it as Ctrl-C does, and fails if anything of it goes on. */
  async stop(): Promise<void> {
    this.process.kill('SIGTERM');
    const gone = async () => ended(this.process) && (await this.isSilent());
    try {
      await until('the demo and its OPAs end', gone, { within: STOPS_WITHIN, every: 50 });
    } finally {
      this.process.kill('SIGKILL');
    }
  }

  /** Throws its folder away. */
  forget(): void {
    rmSync(this.place.folder, { recursive: true, force: true });
  }

  private async isSilent(): Promise<boolean> {
    return !(await Promise.all(this.place.ports.map(isTaken))).includes(true);
  }
}

function run({ ports: [portal, staging, production], folder, settings }: Place, log: string): ChildProcess {
  const output = openSync(log, 'w');
  // The signal on the test runner's death stops the demo too, however the runner ends.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', program(), 'demo'], {
    cwd: root,
    env: {
      ...process.env,
      PORT: String(portal),
      OPA_PORTS: `${staging},${production}`,
      DATA_DIR: dataDir({ folder }),
      POLICIES_DIR: join(root, 'policies'),
      SITE_ROOT: process.env['SITE_ROOT'] ?? join(root, 'target/site'),
      ...settings,
    },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  return child;
}

function dataDir({ folder }: Pick<Place, 'folder'>): string {
  return join(folder, 'data');
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** What the build made, or what `AEGIS_PORTAL` names. */
export function program(): string {
  const target = resolve(root, process.env['CARGO_TARGET_DIR'] ?? 'target');
  const path = process.env['AEGIS_PORTAL'] ?? join(target, 'debug/aegis-portal');
  if (!existsSync(path)) throw new Error(`there is no ${path}: build it by \`cargo build -p server\``);
  return path;
}
