/** Prints a Markdown table. */
export function table(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = line(head.map((_, i) => (i === 0 ? '---' : '--:')));
  console.log([`### ${title}`, '', line(head), rule, ...rows.map(line), ''].join('\n'));
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** Bold has reached its target, ✗ has not. */
export function mark(text: string, isReached: boolean): string {
  return isReached ? `**${text}**` : `${text} ✗`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
