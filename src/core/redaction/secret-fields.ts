import { secrecyOf } from './secret-names.js';

export const MASK = '[redacted]';

/** A field's name in JSON, which may itself be written in a text of JSON, with its quotes escaped. */
const NAME = /(\\{0,7})"([^"\\]{1,60})\1"\s{0,64}(?::|=>)\s{0,64}/g;

/**
 * JSON, or what is left of it where it was cut, without the values of fields whose names say that they are secret. `true`, `false`, `null` and
 * what is empty is left.
 */
export function withoutSecretFields(json: string): string {
  let shown = '';
  let from = 0;
  NAME.lastIndex = 0;
  for (let match = NAME.exec(json); match !== null; match = NAME.exec(json)) {
    const [, escape = '', name = ''] = match;
    const start = NAME.lastIndex;
    const secrecy = secrecyOf(name);
    if (secrecy === 'none') continue;
    const end = endOfValue(json, start, escape);
    if (!isSecretValue(json.slice(start, end), escape, name, secrecy === 'all')) continue;
    const quote = `${escape}"`;
    shown += `${json.slice(from, start)}${quote}${MASK}${quote}`;
    from = end;
    NAME.lastIndex = end;
  }
  return from === 0 ? json : shown + json.slice(from);
}

function isSecretValue(value: string, escape: string, name: string, all: boolean): boolean {
  const quote = `${escape}"`;
  if (value.startsWith(quote)) return value !== `${quote}${quote}`;
  if (!all || value === '' || /^(?:true|false|null|\[\s*\]|\{\s*\})$/.test(value)) return false;
  // `"tokens": 523` are counted, not told.
  return !(/^-?\d/.test(value) && /s$/i.test(name));
}

function endOfValue(text: string, start: number, escape: string): number {
  if (text.startsWith(`${escape}"`, start)) return endOfText(text, start, escape);
  const first = text.charAt(start);
  if (first !== '{' && first !== '[') {
    const rest = /[\s,}\]\\"]/g;
    rest.lastIndex = start;
    return rest.exec(text)?.index ?? text.length;
  }
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    else if (text.startsWith(`${escape}"`, at)) at = endOfText(text, at, escape) - 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/** Behind the quote that closes a text: the one with as many backslashes as the one that opens it, or where the text around it ends. */
function endOfText(text: string, start: number, escape: string): number {
  for (let at = start + escape.length + 1; ; at++) {
    at = text.indexOf('"', at);
    if (at < 0) return text.length;
    let slashes = 0;
    while (text.charAt(at - 1 - slashes) === '\\') slashes++;
    if (escape === '' ? slashes % 2 === 0 : slashes === escape.length) return at + 1;
    if (slashes < escape.length) return at - slashes;
  }
}
