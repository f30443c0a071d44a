import { createHash } from 'node:crypto'

const LONGEST = 64

/** Converts imported names to the grammar (`NAME_PATTERN`), with a unique name for each original within one import. */
export class ImportedNames {
  readonly #taken = new Set<string>()

  /**
   * `repos/list-for-user` becomes `repos_list-for-user`. A name that starts otherwise than with a letter gets `op_` before it, one that is
   * too long ends in eight digits of its hash, and one that is taken gets `_2`, `_3` and so on. Without a usable character the name is
   * `op`.
   */
  take(original: string): string {
    const base = grammatical(original)
    let name = base
    for (let count = 2; this.#taken.has(name); count++) {
      const suffix = `_${count}`
      name = base.slice(0, LONGEST - suffix.length) + suffix
    }
    this.#taken.add(name)
    return name
  }
}

function grammatical(original: string): string {
  const plain = original.replaceAll(/[^A-Za-z0-9_-]+/g, '_').replaceAll(/^[_-]+|_+$/g, '')
  const named = plain === '' ? 'op' : /^[A-Za-z]/.test(plain) ? plain : `op_${plain}`
  if (named.length <= LONGEST) return named
  const hash = createHash('sha256').update(original).digest('hex').slice(0, 8)
  return `${named.slice(0, LONGEST - 9)}_${hash}`
}
