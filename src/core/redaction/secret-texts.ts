import { MASK } from './secret-fields.js';
import { secrecyOf } from './secret-names.js';

/** A private key (RFC 7468), or its beginning. */
const PEM =
  /-----BEGIN [A-Z\d ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z\d ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g;
/** A JSON Web Token (RFC 7519), by what all begin with. */
const JWT = /(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g;
const SCHEME = /\b(bearer|basic)( {1,4}|%20|\+)([\w.~+/=-]{8,})/gi;
const USER_INFO = /([a-z][a-z\d+.-]{1,20}:\/\/)[^\s/?#"'<>@\\]{1,512}@/gi;
/** The name and the sign in `name=value`: in an address, also one within another, a form, an attribute or a sentence. */
const PARAMETER =
  /(^|[?&#;,\s"'({]|%3[FB]|%2[36])([\w.[\]+$-]{1,80}|(?:[\w.+$-]|%5[BD]){1,80})(\s?=\s?|%3D)/gi;
const PLAIN_VALUE = /(?:[^&\s"'<>\\;,)}#]|#(?![\w.-]{1,80}=))*/y;
const ENCODED_VALUE = /(?:[^&\s"'<>\\;,)}#%]|%(?!2[36]))*/iy;
const QUOTED_VALUE = /"[^"]*"?|'[^']*'?/y;
/** A field as programs print it: `password: "…"`, `'password': '…'`. */
const PRINTED = /(^|[{(,\s]|')([\w-]{1,60})('?:\s?)(\\{0,7}["'])([^"'\\\r\n]{1,4096})/g;
const LINE = /^([ \t]{0,40})([\w-]{1,60})(:[ \t]{1,20})(\S[^\r\n]*)/gm;
const ELEMENT = /<([\w.-]{1,40}:)?([\w.-]{1,60})(?:\s[^<>]{0,300})?>/g;
/** Without any of these, which are in every name and form that is looked for, a text has nothing secret. */
const TELLING =
  /tok|secret|pass|pwd|cred|auth|cook|jwt|key|sess|sig|bearer|assert|verif|basic|eyJ|-----|@/i;

/** A text without what gives itself away: private keys, JWTs, `Bearer …`, user and password in addresses, and values named as secret. */
export function withoutSecretTexts(text: string): string {
  if (!TELLING.test(text)) return text;
  return withoutParameters(withoutElements(text))
    .replace(PEM, MASK)
    .replace(JWT, MASK)
    .replace(SCHEME, (all, scheme: string, blank: string, value: string) =>
      isMade(value) ? `${scheme}${blank}${MASK}` : all,
    )
    .replace(USER_INFO, `$1${MASK}@`)
    .replace(PRINTED, (all, before: string, name: string, colon: string, quote: string) =>
      secrecyOf(name) === 'all' ? `${before}${name}${colon}${quote}${MASK}` : all,
    )
    .replace(LINE, (all, indent: string, name: string, colon: string) =>
      secrecyOf(name) === 'all' ? `${indent}${name}${colon}${MASK}` : all,
    );
}

/** What follows a scheme may be a word of a sentence. */
function isMade(value: string): boolean {
  return value.length >= 20 || /\d/.test(value) || /[a-z].*[A-Z]/.test(value);
}

function withoutParameters(text: string): string {
  let shown = '';
  let from = 0;
  PARAMETER.lastIndex = 0;
  for (let match = PARAMETER.exec(text); match !== null; match = PARAMETER.exec(text)) {
    const [, before = '', name = '', equals = ''] = match;
    const start = PARAMETER.lastIndex;
    if (!isSecretParameter(before, name)) continue;
    const value = valueAt(text, start, equals);
    if (value === '') continue;
    const quote = /^["']/.exec(value)?.[0] ?? '';
    shown += `${text.slice(from, start)}${quote}${MASK}${quote}`;
    from = start + value.length;
    PARAMETER.lastIndex = from;
  }
  return from === 0 ? text : shown + text.slice(from);
}

/** `key=…` is secret in an address or a form, and any word in a sentence. */
function isSecretParameter(before: string, name: string): boolean {
  const secrecy = secrecyOf(name);
  return secrecy === 'all' || (secrecy === 'text' && /^(?:[?&#]|%3f|%2[36])?$/i.test(before));
}

function valueAt(text: string, start: number, equals: string): string {
  const form = equals.startsWith('%')
    ? ENCODED_VALUE
    : /["']/.test(text.charAt(start))
      ? QUOTED_VALUE
      : PLAIN_VALUE;
  form.lastIndex = start;
  return form.exec(text)?.[0] ?? '';
}

/** XML without what stands in elements whose names say that it is secret. */
function withoutElements(text: string): string {
  let shown = '';
  let from = 0;
  ELEMENT.lastIndex = 0;
  for (let match = ELEMENT.exec(text); match !== null; match = ELEMENT.exec(text)) {
    const [tag, prefix = '', name = ''] = match;
    const start = ELEMENT.lastIndex;
    if (tag.endsWith('/>') || secrecyOf(name) !== 'all') continue;
    const close = text.indexOf(`</${prefix}${name}`, start);
    const end = close < 0 ? text.length : close;
    if (end === start) continue;
    shown += text.slice(from, start) + MASK;
    from = end;
    ELEMENT.lastIndex = end;
  }
  return from === 0 ? text : shown + text.slice(from);
}
