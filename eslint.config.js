import tseslint from 'typescript-eslint';

/** Time, chance, load and fetch are ports (clock, random, host, http.fetch): ambient ones break replay. */
const ports = 'is ambient: take it from the ports (clock, random, host, fetch)';
const ambientGlobals = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
  'crypto', // randomUUID, getRandomValues, subtle
  'fetch',
].map((name) => ({ name, message: `${name} ${ports}.` }));

const ambientProperties = [
  ['Date', 'now'],
  ['Math', 'random'],
  ['AbortSignal', 'timeout'],
  ...['hrtime', 'uptime', 'cpuUsage', 'memoryUsage', 'resourceUsage', 'getBuiltinModule'].map(
    (name) => ['process', name],
  ),
].map(([object, property]) => ({ object, property, message: `It ${ports}.` }));

const ambientModules = ['timers', 'timers/promises', 'perf_hooks', 'os', 'process'].flatMap(
  (name) => [name, `node:${name}`].map((path) => ({ name: path, message: `It ${ports}.` })),
);

/** What of node:crypto is synchronous and draws no chance. The thread pool would break replay as well. */
const pureCrypto = [
  'createCipheriv',
  'createDecipheriv',
  'createHash',
  'createHmac',
  'createPrivateKey',
  'createPublicKey',
  'createSecretKey',
  'createSign',
  'createVerify',
  'hash',
  'hkdfSync',
  'KeyObject',
  'pbkdf2Sync',
  'scryptSync',
  'timingSafeEqual',
];
const cryptoImports = (...more) =>
  ['crypto', 'node:crypto'].map((name) => ({
    name,
    allowImportNames: [...pureCrypto, ...more],
    message: `Only synchronous crypto, and randomness only in src/auth (key material, nonces).`,
  }));

const ambientSyntax = [
  {
    selector:
      "NewExpression[arguments.length=0]:matches([callee.name='Date'], [callee.property.name='Date'])",
    message: `The current date ${ports}.`,
  },
  {
    // Date('…') ignores its arguments and tells the current time.
    selector: "CallExpression[callee.name='Date']",
    message: `The current date ${ports}.`,
  },
  {
    selector:
      'ImportExpression[source.value=/^(node:)?(timers|perf_hooks|os|process|crypto)(\\u002F|$)/]',
    message: `It ${ports}.`,
  },
];
const threadPool = [
  {
    selector: "MemberExpression[property.name='subtle']",
    message: 'Thread-pool crypto breaks replay: use the synchronous functions.',
  },
  {
    selector: "CallExpression[callee.name='randomBytes'][arguments.length>1]",
    message: 'With a callback randomBytes runs on the thread pool: call it synchronously.',
  },
];
const sqlTime = ['Literal[value', 'TemplateElement[value.raw'].map((node) => ({
  selector: `${node}=/current_(time|date)|'now'|unixepoch\\(\\)|\\brandom(blob)?\\(/i]`,
  message: 'Time and chance reach SQL as parameters.',
}));
const surface = [
  { selector: 'ExportAllDeclaration', message: 'Name what is exported.' },
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
];

export default tseslint.config(
  { ignores: ['dist/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      eqeqeq: 'error',
      // A `default` clause is a decision too.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // A leading _ says "unused on purpose"; `{ a, ...rest }` is how a field is left out.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // Numbers read as they are; what prints as [object Object] stays forbidden.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // `() => doIt()` as a callback is clear.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `async` without `await` turns a throw into a rejection, as asynchronous contracts promise.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // signal.reason and what was caught are thrown on as they are.
      '@typescript-eslint/only-throw-error': [
        'error',
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
      '@typescript-eslint/prefer-promise-reject-errors': [
        'error',
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
    },
  },
  {
    files: ['src/**'],
    // Declared, so that `global.setTimeout` is seen as well as `globalThis.setTimeout`.
    languageOptions: { globals: { global: 'readonly' } },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      'no-restricted-globals': [
        'error',
        { globals: ambientGlobals, checkGlobalObject: true, globalObjects: ['global'] },
      ],
      'no-restricted-properties': ['error', ...ambientProperties],
      'no-restricted-imports': ['error', { paths: [...ambientModules, ...cryptoImports()] }],
      'no-restricted-syntax': ['error', ...ambientSyntax, ...threadPool, ...surface],
    },
  },
  {
    files: ['src/storage/sqlite/**'],
    rules: {
      'no-restricted-syntax': ['error', ...ambientSyntax, ...threadPool, ...surface, ...sqlTime],
    },
  },
  {
    // Key material and nonces come from synchronous node:crypto, never from the seeded `random`.
    files: ['src/auth/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [...ambientModules, ...cryptoImports('randomBytes')] },
      ],
    },
  },
  {
    // The one place with the real clock, chance and load.
    files: ['src/syncer/system.ts'],
    rules: {
      'no-restricted-globals': 'off',
      'no-restricted-properties': 'off',
      'no-restricted-imports': [
        'error',
        { paths: cryptoImports('randomBytes', 'randomInt', 'randomUUID') },
      ],
      'no-restricted-syntax': ['error', ...threadPool, ...surface],
    },
  },
  // Files and functions that must be larger, each with its reason:
  // One queue with one lock-step: who waits, who is next, and who parks are decided together.
  { files: ['src/limiter/admission.ts'], rules: { 'max-lines': 'off' } },
  {
    files: ['test/**', 'bench/**'],
    rules: {
      // A test that meets undefined fails, which is what it is for.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // What is no error is thrown too, out there.
      '@typescript-eslint/only-throw-error': 'off',
      // Tests print and compare whatever they meet.
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // What a callback has changed since, the compiler cannot see.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // In type tests the code around @ts-expect-error says what is expected.
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': false }],
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // Not part of the TypeScript project.
    files: ['**/*.js', '**/*.cjs', '**/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
  },
);
