import { parseJsonText } from './json-text.js';

/** The body of a response, decoded and parsed at most once although several look at it. */
export class Content {
  readonly bytes: Uint8Array;
  readonly #contentType: string | null;
  #parsed: { readonly value: unknown } | undefined;

  constructor(bytes: Uint8Array, contentType: string | null) {
    this.bytes = bytes;
    this.#contentType = contentType;
  }

  /** By the charset that the response names, else UTF-8; a byte order mark is left out. */
  text(): string {
    const charset = /;\s*charset="?([^\s;"]+)/i.exec(this.#contentType ?? '')?.[1];
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
      try {
        return new TextDecoder(charset).decode(this.bytes);
      } catch {
        // A charset that nobody knows: UTF-8 is the best guess.
      }
    }
    return new TextDecoder().decode(this.bytes);
  }

  /** The body's JSON, for its owner: a second call parses again. @throws as `parseJsonText` does */
  json(): unknown {
    const parsed = this.#parsed;
    this.#parsed = undefined;
    return parsed === undefined ? parseJsonText(this.text()) : parsed.value;
  }

  /** What `json()` is going to return, or the beginning of the text where the body is no JSON: to look at, not to change. */
  peek(): unknown {
    if (this.#parsed === undefined) {
      const first = this.bytes.find((byte) => byte > 0x20);
      if (first !== OBJECT && first !== ARRAY) return this.#beginning();
      try {
        this.#parsed = { value: parseJsonText(this.text()) };
      } catch {
        return this.#beginning();
      }
    }
    return this.#parsed.value;
  }

  #beginning(): string {
    return new TextDecoder().decode(this.bytes.subarray(0, BEGINNING));
  }
}

const OBJECT = 0x7b;
const ARRAY = 0x5b;
const BEGINNING = 8_192;
