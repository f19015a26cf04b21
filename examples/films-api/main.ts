/**
 * The films API as a process of its own: `npx tsx examples/films-api/main.ts [--port 8080] [--latency 20]`, with the token 'demo'.
 * It says where it listens, then one line per answered request. Started by another process with a channel to it, it ends with that one.
 */
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { Catalogue, readFilms } from './catalogue.js';
import { createFilmsApi } from './server.js';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, latency: { type: 'string', default: '0' } },
});

const server = createFilmsApi({
  catalogue: new Catalogue(readFilms()),
  token: 'demo',
  latency: Number(values.latency),
  log: (line) => console.log(line),
});

server.listen(Number(values.port), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`listening on http://127.0.0.1:${port}`);
});

// The channel closes when the parent ends, however it ends.
if (process.connected) process.once('disconnect', () => process.exit(0));
