/**
 * A process of its own that sends requests as fast as its limiter lets it, started by the tests: store, server, name, how many at a time, for
 * how long. Tells when it sends the first one, and obeys what the server says.
 */
import { createLimiter } from '../../../src/limiter/create-limiter.js';
import { sqlite } from '../../../src/sqlite.js';
import { systemClock, systemRandom } from '../../../src/syncer/system.js';
import { processLimits } from './process-limits.js';

/** What the process is started with. */
export type Order = readonly [
  path: string,
  server: string,
  owner: string,
  abreast: string,
  forMs: string,
];

const [, , path = '', server = '', owner = '', abreast = '1', forMs = '0'] = process.argv;

const store = sqlite(path);
await store.open({ clock: systemClock, random: systemRandom });
const limiter = createLimiter({
  ...{ clock: systemClock, random: systemRandom, emit: () => undefined },
  connectors: [{ name: 'api', limits: processLimits }],
  sharing: { owner, store: async () => store },
});

const end = new AbortController();
setTimeout(() => {
  end.abort();
}, Number(forMs));

async function work(): Promise<void> {
  const request = { connector: 'api', connection: 'acme', method: 'GET', path: '/' };
  while (!end.signal.aborted) {
    const permit = await limiter.acquire(request, {
      priority: 'incremental',
      signal: end.signal,
    });
    const response = await fetch(`${server}/?from=${owner}`);
    await response.arrayBuffer();
    const seconds = response.headers.get('retry-after');
    const said = { scope: 'connection', kind: 'throttle' } as const;
    if (seconds === null) permit.answered();
    else
      permit.answered({
        signal: { ...said, limited: true, retryAfterMs: Number(seconds) * 1_000 },
      });
  }
}

process.stdout.write('working\n');
await Promise.allSettled(Array.from({ length: Number(abreast) }, work));
await limiter.close();
await store.close();
