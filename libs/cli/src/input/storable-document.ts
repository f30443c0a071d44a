import { isNestedDeeper, storableValue } from '@alkdev/std'

/** More levels than the hub takes. */
const MAX_DEPTH = 512

/**
 * A document of another program as the hub can store it: NUL and halves of surrogate pairs in its texts, such as outputs of tools, are U+FFFD. One that is nested
 * too deep for the hub stays as it is, and is refused there.
 */
export function storableDocument<T>(document: T): T {
  return isNestedDeeper(document, MAX_DEPTH) ? document : (storableValue(document) as T)
}
