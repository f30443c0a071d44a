import { inspect } from 'node:util'

const HIDDEN = '[secret]'

/** A text that does not show itself: printed, logged or serialised it is `[secret]`. Only `reveal()` gives it out. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): string {
    return HIDDEN
  }

  [inspect.custom](): string {
    return HIDDEN
  }
}
