// Ports of 127.0.0.1 that nobody listens on.

import { connect, createServer, type AddressInfo } from 'node:net';

/** As many different ports as asked for, free at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen));
  // All are held until the last is known, so that none is given twice.
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

function listen() {
  return new Promise<ReturnType<typeof createServer>>((listening, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => listening(server));
  });
}

/** Whether somebody listens on a port. */
export function isTaken(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      answer(true);
    });
    socket.once('error', () => answer(false));
  });
}
