// The README's quickstart, taken from the README itself.
//   node scripts/quickstart.mjs extract <dir>     writes quickstart.mjs, quickstart.ts and expected.txt (when the README
//                                                 shows the output); prints the packages that it imports beside syncline
//   node scripts/quickstart.mjs verify <dir>      checks that output.txt has the lines of expected.txt, in their order
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const [command, dir] = process.argv.slice(2);

/** The text of the section under a `## ` heading, without what is inside code blocks taken for headings. */
function section(markdown, heading) {
  const lines = markdown.split('\n');
  const start = lines.indexOf(`## ${heading}`);
  if (start === -1) return undefined;
  let fenced = false;
  const length = lines.slice(start + 1).findIndex((line) => {
    if (line.startsWith('```')) fenced = !fenced;
    return !fenced && line.startsWith('## ');
  });
  return lines.slice(start + 1, length === -1 ? undefined : start + 1 + length).join('\n');
}

const block = (markdown, language) =>
  new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(markdown);

/** The packages that the code imports, at the versions this repository tests with. */
function packages(code) {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const names = [...code.matchAll(/(?:from|import)\s*\(?\s*['"]([^'".][^'"]*)['"]/g)]
    .map(([, path]) => path.split('/', path.startsWith('@') ? 2 : 1).join('/'))
    .filter(
      (name) => name !== 'syncline' && !name.startsWith('node:') && !builtinModules.includes(name),
    );
  return [...new Set(names)].map((name) => `${name}@${devDependencies[name] ?? 'latest'}`);
}

function extract() {
  const quickstart = section(readFileSync(join(root, 'README.md'), 'utf8'), 'Quickstart');
  if (quickstart === undefined) throw new Error('README.md has no heading "## Quickstart"');
  const code = block(quickstart, 'ts');
  if (!code) throw new Error('README.md has no ```ts block under "## Quickstart"');
  writeFileSync(join(dir, 'quickstart.mjs'), code[1]);
  writeFileSync(join(dir, 'quickstart.ts'), code[1]);
  const expected = block(quickstart.slice(code.index + code[0].length), 'text');
  if (expected) writeFileSync(join(dir, 'expected.txt'), expected[1]);
  console.log(packages(code[1]).join(' '));
}

/** Both texts line by line; `…` in an expected line stands for anything. */
function verify() {
  if (!existsSync(join(dir, 'expected.txt')))
    return console.log('The README shows no output to compare.');
  const lines = (name) =>
    readFileSync(join(dir, name), 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  const output = lines('output.txt');
  const expected = lines('expected.txt');
  let from = 0;
  for (const line of expected) {
    const pattern = new RegExp(
      `^${line
        .split('…')
        .map(RegExp.escape ?? escape)
        .join('.*')}$`,
    );
    const found = output.findIndex((candidate, index) => index >= from && pattern.test(candidate));
    if (found === -1) throw new Error(`The quickstart did not print the README's line: ${line}`);
    from = found + 1;
  }
  console.log(`The quickstart printed the README's ${expected.length} lines.`);
}

function escape(text) {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

const commands = { extract, verify };
try {
  if (!dir || !(command in commands)) throw new Error('usage: quickstart.mjs extract|verify <dir>');
  commands[command]();
} catch (error) {
  console.error(`quickstart: ${error.message}`);
  process.exitCode = 1;
}
