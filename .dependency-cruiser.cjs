/** Imports point downwards only, types included. ARCHITECTURE.md says why; this table keeps it true. */

const at = (room) => `^src/${room}/`;
const entry = (name) => `^src/${name}\\.ts$`;
// The storage contract: src/storage without the adapters and the suite that tests them.
const contract = '^src/storage/(?!(sqlite|memory|postgres|contract-suite)/)';

const base = [at('core'), at('connector'), at('events'), contract];
const domain = [...base, at('limiter'), at('auth'), at('quality'), at('http'), at('commit')];

/** Each room, and what it may import of src besides itself. */
const arrows = [
  [at('core'), []],
  [at('connector'), [at('core')]],
  [at('events'), [at('core')]],
  [contract, [at('core')]],
  [at('storage/contract-suite'), [at('core'), contract]],
  [at('storage/sqlite'), [at('core'), contract]],
  [at('storage/memory'), [at('core'), contract]],
  [at('storage/postgres'), [at('core'), contract]],
  [at('limiter'), base],
  [at('auth'), base],
  [at('quality'), base],
  [at('http'), [...base, at('limiter'), at('auth')]],
  [at('commit'), [...base, at('quality')]],
  [at('engine'), domain],
  [at('consumers'), domain],
  [at('writes'), domain],
  [at('webhooks'), domain],
  [at('scheduler'), [at('core'), at('events'), contract]],
  [
    at('syncer'),
    [
      ...domain,
      ...['engine', 'consumers', 'writes', 'webhooks', 'scheduler'].map(at),
      entry('sqlite'), // the default store, by import() only: see below
    ],
  ],
  // Dashboard and telemetry see the event map and a read-only `Inspect`, nothing that acts.
  ['^src/(dashboard|otel)/', [at('core'), entry('events/event-map'), entry('[^/]+/inspect')]],
  [at('testing'), [at('core'), entry('[^/]+')]],

  [
    entry('index'),
    [
      ...domain,
      ...['engine', 'consumers', 'writes', 'webhooks', 'scheduler', 'syncer'].map(at),
      entry('sqlite'),
    ],
  ],
  [entry('sqlite'), [at('core'), contract, at('storage/sqlite')]],
  [entry('memory'), [at('core'), contract, at('storage/memory')]],
  [entry('postgres'), [at('core'), contract, at('storage/postgres')]],
  [entry('adapter'), [at('core'), contract, at('storage/contract-suite')]],
  [entry('testing'), [at('core'), at('testing')]],
  [entry('dashboard'), [at('dashboard')]],
  [entry('otel'), [at('core'), at('otel'), entry('events/event-map'), entry('[^/]+/inspect')]],
  [entry('bottleneck'), [at('core'), entry('limiter/limiter')]],
];

const arrow = ([from, allowed]) => ({
  name: `arrows: ${from.replace(/^\^|\\|\$$/g, '').replace(contract.slice(1), 'src/storage/')}`,
  severity: 'error',
  from: { path: from },
  to: { path: '^(src|test|examples|bench)/', pathNot: [from, ...allowed] },
});

module.exports = {
  forbidden: [
    ...arrows.map(arrow),
    {
      name: 'room-not-listed',
      comment: 'A new room or entry gets its line in the table above.',
      severity: 'error',
      from: { path: '^src/', pathNot: arrows.map(([from]) => from) },
      to: {},
    },
    {
      name: 'loaded-on-first-use',
      comment: 'The default store and the drivers are reached by import() only (types are free).',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(index|testing)' },
      to: {
        path: [entry('sqlite'), 'node_modules/(better-sqlite3|pg)/'],
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'no-dev-dependencies',
      comment: 'What src imports is installed with the package: types too, the user reads them.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-utility-drawer',
      severity: 'error',
      from: {},
      to: { path: '/(utils?|helpers?)[.]ts$' },
    },
    {
      name: 'examples-are-users',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^src/', pathNot: entry('[^/]+') },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    // Types count as imports.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
