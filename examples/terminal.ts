/** How the demo looks: colours, a progress bar, a table. Plain text where nobody watches: no terminal, CI, NO_COLOR. */
import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const { stdout } = process;
const isWatched = stdout.isTTY && process.env['CI'] === undefined && process.env['TERM'] !== 'dumb';
const hasColours = stdout.isTTY && process.env['NO_COLOR'] === undefined && stdout.hasColors();

const paint =
  (style: Style) =>
  (text: string): string =>
    hasColours ? styleText(style, text) : text;

export const bold = paint('bold');
export const dim = paint('dim');
export const cyan = paint('cyan');
export const green = paint('green');
export const red = paint('red');
export const yellow = paint('yellow');

export function say(line = ''): void {
  stdout.write(line === '' ? '\n' : `  ${line}\n`);
}

export function title(text: string, more: string): void {
  stdout.write(`\n${bold(cyan(text))}  ${dim(more)}\n`);
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Cells in columns: those with numbers to the right, nothings dimmed. */
export function table(rows: readonly (readonly (string | number)[])[]): void {
  const widths: number[] = [];
  const numeric = new Set<number>();
  for (const row of rows) {
    for (const [x, cell] of row.entries()) {
      widths[x] = Math.max(widths[x] ?? 0, width(textOf(cell)));
      if (typeof cell === 'number') numeric.add(x);
    }
  }
  for (const row of rows) {
    const cells = row.map((cell, x) => {
      const gap = ' '.repeat((widths[x] ?? 0) - width(textOf(cell)));
      return numeric.has(x) ? gap + textOf(cell) : textOf(cell) + gap;
    });
    say(cells.join('  ').trimEnd());
  }
}

function textOf(cell: string | number): string {
  if (typeof cell === 'string') return cell;
  return cell === 0 ? dim('0') : count(cell);
}

/** A bar that is drawn again and again; where nobody watches, only its last state is written. */
export class ProgressBar {
  readonly #width = 28;

  draw(share: number, label: string): void {
    if (isWatched) stdout.write(`\r${this.#line(share, label)}\u001b[K`);
  }

  finish(share: number, label: string): void {
    this.draw(share, label);
    stdout.write(isWatched ? '\n' : `${this.#line(share, label)}\n`);
  }

  /** Takes the bar away, where somebody watched it. */
  clear(): void {
    if (isWatched) stdout.write('\r\u001b[K');
  }

  #line(share: number, label: string): string {
    const full = Math.round(Math.min(1, share) * this.#width);
    return `  ${green('█'.repeat(full))}${dim('░'.repeat(this.#width - full))} ${label}`;
  }
}

const failures: string[] = [];

/** States what the demo claims, and remembers it when it is not so. */
export function claim(isSo: boolean, text: string): void {
  say(`${isSo ? green('✓') : red('✗')} ${text}`);
  if (!isSo) failures.push(text);
}

/** What was claimed and was not so. */
export function brokenClaims(): readonly string[] {
  return failures;
}

/** How wide a text is on the screen, its colours not counted. */
function width(text: string): number {
  return stripVTControlCharacters(text).length;
}
