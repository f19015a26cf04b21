/** A server on loopback in a process of its own, so that what it costs is not counted. It tells its parent its port, and ends with it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { tickets } from './records.js';

const PAGE = 1_000;

export interface Loopback {
  readonly origin: string;
  readonly close: () => void;
}

/** Serves so many tickets under `/records`, a thousand a page, and `{"ok":true}` under any other path. */
export async function startLoopback(records: number): Promise<Loopback> {
  const path = fileURLToPath(new URL('loopback.mjs', import.meta.url));
  const server = fork(path, ['serve', String(records)]);
  const [port] = (await once(server, 'message')) as [number];
  return { origin: `http://127.0.0.1:${port}`, close: () => server.disconnect() };
}

function serve(size: number): void {
  const data = tickets(size);
  const pages = Array.from({ length: size / PAGE }, (_, page) => {
    const records = Array.from({ length: PAGE }, (_, i) => data.record(page * PAGE + i, 0));
    const next = (page + 1) * PAGE < size ? String(page + 1) : null;
    return JSON.stringify({ records, next });
  });
  const server = createServer(({ url = '' }, response) => {
    const page = Number(/[?&]page=(\d+)/.exec(url)?.[1] ?? 0);
    response.setHeader('content-type', 'application/json');
    response.end(url.startsWith('/records') ? pages[page] : '{"ok":true}');
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.once('disconnect', () => process.exit());
}

if (process.argv[2] === 'serve') serve(Number(process.argv[3]));
