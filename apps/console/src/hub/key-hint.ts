const KEY = /^alk_/
/** Characters of a key that the hub shows. */
const HINT_LENGTH = 8

/** The text, or of a key no more than its beginning: a key that is pasted into a search must not be sent or stored. */
export function withoutSecret(text: string): string {
  return KEY.test(text) ? text.slice(0, HINT_LENGTH) : text
}

/** Does it look like a key? */
export function isKey(text: string): boolean {
  return KEY.test(text)
}
