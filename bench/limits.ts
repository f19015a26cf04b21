/**
 * `npm run -s bench:limits > bench/LIMITS.md`: what the HTTP client costs beside bare ky, what a sync over HTTP reaches of a loop written by
 * hand, and the limiter beside Bottleneck and p-queue. About two minutes.
 */
import { cpus, loadavg } from 'node:os';
import { clientTable } from './http.js';
import { syncTable } from './http-sync.js';
import { limiterTables } from './limiter.js';

const [load = 0] = loadavg();
console.log(`# HTTP client and limiter

\`npm run -s bench:limits > bench/LIMITS.md\` writes this page. Bold has reached its target, ✗ has not.

Machine: ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.version}. Load average when it began: ${load.toFixed(1)} (idle: 0); the higher, the less the numbers say.
`);
await clientTable();
await syncTable();
await limiterTables();
process.exit();
