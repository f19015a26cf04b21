import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AbortedError, createSyncer, defineConnector } from 'syncline';
import { memory } from 'syncline/memory';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { gate } from '../support/gate.js';
import { rejection } from './support/client.js';
import { loopback } from './support/loopback.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const row = z.object({ id: z.string() });

/** Until weak references to garbage are empty. */
async function garbageGone(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const fetches: Readonly<Record<string, typeof fetch | undefined>> = {
  'the global fetch': undefined,
  'one that stands in for it': (request) => fetch(request),
  'one that changes its options': (request, init) => fetch(request, Object.assign(init!, {})),
};

for (const [name, own] of Object.entries(fetches)) {
  test.each(['headers', 'a body'])(
    `with ${name}, a request that waits for %s is ended when it is given up, whatever was collected meanwhile`,
    async (phase) => {
      const asked = gate();
      const closed = gate();
      const api = await loopback((_, raw) => {
        raw.once('close', closed.open);
        asked.open();
        if (phase === 'a body') {
          raw.writeHead(200, { 'content-type': 'application/json' });
          raw.write('[');
        }
        return undefined;
      });
      const connector = defineConnector({
        name: 'slow',
        baseUrl: api.origin,
        streams: {
          rows: {
            schema: row,
            key: 'id',
            async *pull({ http }) {
              yield await http.get('rows').json(z.array(row));
            },
          },
        },
      });
      const syncer = createSyncer({
        store: memory(),
        connectors: [connector],
        ...(own === undefined ? {} : { http: { fetch: own } }),
      });
      onTestFinished(() => syncer.stop());
      await syncer.connections.create(connector, { id: 'acme' });
      const leaving = new AbortController();
      const { signal } = leaving;
      const synced = rejection(
        syncer.connection(connector, 'acme').stream('rows').sync({ signal }),
      );
      await asked.passed;
      await garbageGone();
      leaving.abort(new Error('enough'));
      expect(await synced).toBeInstanceOf(AbortedError);
      await closed.passed;
    },
  );
}
