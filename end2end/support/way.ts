// A way to the portal that can be cut, and mended: what a laptop that sleeps or a proxy in between does to a page.

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class Way {
  private readonly sockets = new Set<Socket>();
  private open = true;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** Lays one to a portal, on a free port. */
  static async to(portal: string): Promise<Way> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const way = new Way(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('connection', (near) => way.carry(near, new URL(portal)));
    return way;
  }

  /** Ends every connection, and takes no other. */
  cut(): void {
    this.open = false;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Lets nothing through any more, and does not say so. */
  silence(): void {
    this.open = false;
    for (const socket of this.sockets) socket.pause();
  }

  mend(): void {
    this.open = true;
    for (const socket of this.sockets) socket.resume();
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private carry(near: Socket, portal: URL): void {
    if (!this.open) {
      near.destroy();
      return;
    }
    const far = connect(Number(portal.port), portal.hostname);
    for (const [one, other] of [[near, far], [far, near]] as const) {
      this.sockets.add(one);
      one.on('data', (bytes) => other.write(bytes));
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
  }
}
