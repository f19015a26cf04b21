/**
 * `npm run demo`: syncs the films of an HTTP API into a database; changes some there and syncs what changed; kills a sync in mid-run and
 * resumes it; syncs on the API's bad day; reads. The connector is in films.ts; the API, in films-api/, runs as a process of its own.
 * Each ✓ is checked in the run that shows it; a ✗ makes the demo fail.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { createSyncer, type RunResult, sqlite } from 'syncline';
import { changeFilms } from './demo/changes.js';
import { countOf, kindsOf, pagesAskedFor, sameRecords } from './demo/facts.js';
import { startSyncProcess } from './demo/process.js';
import { watchWaits } from './demo/waits.js';
import {
  PageBar,
  RecordBar,
  showChanges,
  showCounts,
  showFilms,
  showRejected,
} from './demo/screen.js';
import { startFilmsApi } from './films-api/start.js';
import { type Film, films } from './films.js';
import { bold, brokenClaims, claim, count, dim, say, seconds, title } from './terminal.js';

const PER_PAGE = 100;
const KILL_AT_PAGE = 12;

say(bold('Syncline: films, from an HTTP API into a database'));
const directory = process.argv[2] ?? './.demo';
const database = `${directory}/films.db`;
const encryptionKey = 'the demo has no secrets';

mkdirSync(directory, { recursive: true });
for (const suffix of ['', '-wal', '-shm']) rmSync(database + suffix, { force: true });

const api = await startFilmsApi({ latency: 20 });
const syncer = createSyncer({ connectors: [films], store: sqlite(database), encryptionKey });

// Two customers of ours, each with an account at the API.
const config = { url: api.url };
const credentials = { token: api.token };
await syncer.connections.create(films, { id: 'acme', config, credentials });
await syncer.connections.create(films, { id: 'globex', config, credentials });
const acme = syncer.connection(films, 'acme').stream('films');
const globex = syncer.connection(films, 'globex').stream('films');

try {
  await firstSync();
  await whatChanged();
  await killAndResume();
  await badDay();
  await readIt();
} finally {
  await syncer.stop();
  await api.stop();
}

say();
say(`${seconds(performance.now())} in all. The database is yours to look into:`);
say(bold(`sqlite3 ${database} "SELECT data->>'title', data->>'imdb_rating' FROM records LIMIT 9"`));
for (const text of brokenClaims()) console.error(`Not so: ${text}`);
process.exitCode = brokenClaims().length === 0 ? 0 : 1;

async function firstSync(): Promise<void> {
  title('1 · First sync', `from ${api.url}, a process of its own, into ${database}`);
  const bar = new RecordBar();
  const run = await acme.sync({ onProgress: bar.draw });
  bar.finish(run);
  showCounts({ 'first sync': run });
  say('Rejected by the schema; kept, raw and with the reasons:');
  await showRejected(acme.rejected());

  const { read, inserted, rejected } = run.counts;
  claim(
    read === 3_201 && inserted + rejected === read && (await acme.count()) === inserted,
    `${count(inserted)} stored + ${rejected} rejected = ${count(read)}, all that there are`,
  );
}

async function whatChanged(): Promise<void> {
  title('2 · What changed since', 'the API tells what was updated, but not what was removed');
  let seen = 0; // how far the change feed has been read: all that a reader keeps
  for await (const change of acme.changes()) seen = change.seq;

  const done = await changeFilms(api, acme);
  say(
    `At the API: ${done.edited} films edited, ${done.added} added, ${done.removed} removed, 1 rejected film repaired.`,
  );
  const incremental = await acme.sync();
  const bar = new RecordBar();
  const full = await acme.sync({ mode: 'full', onProgress: bar.draw });
  bar.clear();
  showCounts({ incremental, full });
  say(dim('The full run read everything twice, to be sure: pages shift when a film is removed.'));

  await showChanges(acme.changes({ after: seen }));
  const kinds = await kindsOf(acme.changes({ after: seen }));
  claim(
    incremental.counts.requests === 1 && full.counts.deleted === done.removed,
    `1 request brought what was new, and the full run found the ${done.removed} that are gone`,
  );
  claim(
    kinds.insert === done.added + 1 &&
      kinds.update === done.edited &&
      kinds.delete === done.removed,
    'the change feed has each change once, and nothing else',
  );
}

async function killAndResume(): Promise<void> {
  title('3 · kill -9 in mid-run', 'another customer is synced by a process of its own');
  const total = (await acme.count()) + (await countOf(acme.rejected()));
  const lastPage = Math.ceil(total / PER_PAGE);

  const first = startSyncProcess(database, encryptionKey, 'globex');
  const bar = new PageBar(lastPage);
  for await (const page of first.pages) {
    bar.draw(page, `process ${first.pid}`);
    if (page >= KILL_AT_PAGE) break;
  }
  await first.kill();

  const killed = await latestRun('globex');
  const page = killed?.counts.pages ?? 0;
  bar.finish(page, `process ${first.pid} is killed`);
  const stored = await globex.count();
  const rejected = await countOf(globex.rejected());
  claim(
    killed?.status === 'running' && page < lastPage && stored + rejected === page * PER_PAGE,
    `the database holds ${page} whole pages: ${count(stored)} films + ${rejected} rejected`,
  );

  const answered = api.log.length;
  const second = startSyncProcess(database, encryptionKey, 'globex', '15');
  const restOfBar = new PageBar(lastPage);
  restOfBar.draw(page, `process ${second.pid}`);
  for await (const committed of second.pages) restOfBar.draw(committed, `process ${second.pid}`);

  const resumed = await latestRun('globex');
  const asked = pagesAskedFor(api.log.slice(answered));
  const from = Math.min(...asked);
  restOfBar.finish(resumed?.counts.pages ?? 0, `process ${second.pid} went on`);
  say(
    dim(
      'Its clock is 15 s ahead: so long a silent process counts as alive, and the demo does not wait.',
    ),
  );
  claim(
    from === page + 1 && resumed?.id === killed?.id && resumed?.status === 'succeeded',
    `the same run went on: the second process asked for pages ${from} to ${asked.at(-1)} only`,
  );
  claim(
    await sameRecords(acme.records(), globex.records()),
    `both customers hold the same ${count(await globex.count())} films`,
  );
}

async function badDay(): Promise<void> {
  title('4 · A bad day at the API', 'it answers 429 and 503 now and then, and late');
  await syncer.connections.create(films, {
    ...{ id: 'initech', config, credentials: { token: api.badDayToken } },
  });
  const waits = watchWaits(syncer, 'initech');
  const initech = syncer.connection(films, 'initech').stream('films');
  const bar = new RecordBar();
  const run = await initech.sync({ onProgress: bar.draw });
  bar.finish(run);
  waits.stop();
  const { connections } = (await syncer.metrics()).http;
  const slowest =
    connections.find(({ connection }) => connection === 'initech')?.latencyMs.max ?? 0;
  waits.show(slowest);
  claim(
    run.counts.retries === 4 && waits.retries === 4 && waits.limitMs >= 3_950 && slowest >= 1_200,
    `${run.counts.requests} requests, ${run.counts.retries} of them again, none before the time that the API had named`,
  );
  claim(
    await sameRecords(acme.records(), initech.records()),
    `and still all ${count(await initech.count())} films, each once`,
  );
}

async function readIt(): Promise<void> {
  title('5 · Read', 'typed by the schema: film.imdb_rating is a number or null');
  const best: Film[] = [];
  const started = performance.now();
  for await (const film of acme.records()) {
    if (film.imdb_rating !== null && film.imdb_rating >= 9) best.push(film);
  }
  const took = Math.round(performance.now() - started);
  const all = await acme.count();
  say(`records(): all ${count(all)} read in ${took} ms, those rated 9 and better:`);
  showFilms(best);

  const [first] = best;
  const again = first && (await acme.get(first.id));
  claim(first !== undefined && again?.title === first.title, `get(${first?.id}): ${again?.title}`);
  const feed = await kindsOf(acme.changes());
  claim(
    feed.insert === all && feed.update + feed.delete === 0,
    `changes(): ${count(feed.insert)} inserts for a new reader, each film once, as it is now`,
  );
}

/** The latest run of a customer's films, as the database has it. */
async function latestRun(connection: string): Promise<RunResult | undefined> {
  for await (const run of syncer.runs({ connector: films.name, connection })) return run;
  return undefined;
}
