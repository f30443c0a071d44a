import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { distinct, plainWords } from './pair.ts'
import type { Pair } from './pair.ts'

/** Words of the names of icons that say how they are drawn. */
const DRAWN = new Set('fill line alt variant off box'.split(' '))

interface Tagged {
  readonly name: string
  readonly tags: readonly string[]
}

interface Searched {
  readonly label: string
  readonly search?: { readonly terms?: readonly string[] }
  readonly aliases?: { readonly names?: readonly string[] }
}

function json(...path: string[]): unknown {
  return JSON.parse(readFileSync(join(...path), 'utf8'))
}

function iconPair(name: string, tags: readonly unknown[]): Pair | undefined {
  const said = distinct(plainWords(name)).filter((word) => !DRAWN.has(word))
  const meant = distinct(plainWords(tags.map(String).join(' '))).filter(
    (word) => !said.includes(word),
  )
  return said.length > 0 && meant.length > 0 ? { said, meant, near: [], rest: [] } : undefined
}

/**
 * What people look icons up by: names and tags of Lucide, Material Design Icons, Tabler, Font Awesome and Phosphor, and keywords of emoji. `folder` has the
 * packages of npm by their names.
 */
export async function iconPairs(folder: string): Promise<Pair[]> {
  const found: (Pair | undefined)[] = []
  const lucide = json(folder, 'lucide-static', 'tags.json') as Record<string, string[]>
  for (const [name, tags] of Object.entries(lucide)) found.push(iconPair(name, tags))
  const material = json(folder, '@mdi/svg', 'meta.json') as { name: string; aliases: string[] }[]
  for (const { name, aliases } of material) found.push(iconPair(name, aliases))
  const tabler = json(folder, '@tabler/icons', 'icons.json') as Record<string, Tagged>
  for (const { name, tags } of Object.values(tabler)) found.push(iconPair(name, tags))
  const awesome = json(
    folder,
    '@fortawesome/fontawesome-free',
    'metadata/icon-families.json',
  ) as Record<string, Searched>
  for (const [name, { label, search, aliases }] of Object.entries(awesome))
    found.push(iconPair(`${name} ${label}`, [...(search?.terms ?? []), ...(aliases?.names ?? [])]))
  const emoji = json(folder, 'emojilib', 'dist/emoji-en-US.json') as Record<string, string[]>
  for (const [name = '', ...tags] of Object.values(emoji))
    found.push(iconPair(name.replaceAll('_', ' '), tags))
  const phosphor = pathToFileURL(join(folder, '@phosphor-icons/core/dist/index.mjs')).href
  const { icons } = (await import(phosphor)) as { icons: Tagged[] }
  for (const { name, tags } of icons) found.push(iconPair(name, tags))
  return found.filter((pair) => pair !== undefined)
}

/** The words of one meaning with their definition, what is more general, and examples. `common`: meanings without such a word are left out. */
export function wordnetPairs(dict: string, common: ReadonlySet<string>): Pair[] {
  return ['noun', 'verb', 'adj', 'adv'].flatMap((part) => {
    const meanings = new Map<string, { words: string[]; gloss: string; general: string[] }>()
    for (const line of readFileSync(join(dict, `data.${part}`), 'latin1').split('\n')) {
      if (line.startsWith(' ') || line === '') continue
      const [head = '', gloss = ''] = line.split(' | ')
      const fields = head.split(' ')
      const count = Number.parseInt(fields[3] ?? '0', 16)
      const words = Array.from({ length: count }, (_, at) => fields[4 + 2 * at] ?? '')
      const start = 5 + 2 * count
      const general: string[] = []
      for (let at = 0; at < Number(fields[start - 1]); at++)
        if (fields[start + 4 * at] === '@') general.push(fields[start + 4 * at + 1] ?? '')
      meanings.set(fields[0] ?? '', { words, gloss, general })
    }
    const wordsOf = (terms: readonly string[]): string[] =>
      distinct(plainWords(terms.join(' ').replaceAll('_', ' ')))
    const found: Pair[] = []
    for (const { words, gloss, general } of meanings.values()) {
      if (!words.some((word) => common.has(word))) continue
      const said = wordsOf(words)
      const meant = distinct(plainWords(gloss.replaceAll(/"[^"]*"/g, ' ')))
      const near = wordsOf(general.flatMap((at) => meanings.get(at)?.words ?? []))
      const rest = distinct(plainWords((gloss.match(/"[^"]*"/g) ?? []).join(' ')))
      if (said.length > 0 && meant.length > 0) found.push({ said, meant, near, rest })
    }
    return found
  })
}

/** Each term of the lines of a vocabulary with what it means, or with the other words of its group. */
export function vocabularyPairs(text: string): Pair[] {
  const words = (terms: readonly string[]): string[] =>
    distinct(plainWords(terms.join(' ').replaceAll('_', ' ')))
  const split = (list: string): string[] => list.split(/\s+/).filter((term) => term !== '')
  return text.split('\n').flatMap((line) => {
    const [said = '', meant] = line.split('>')
    const [same = [], related = []] = (meant ?? said).split('|').map(split)
    const terms = meant === undefined ? same : split(said)
    return terms.map((term) => {
      const others = meant === undefined ? same.filter((other) => other !== term) : same
      return { said: words([term]), meant: words(others), near: words(related), rest: [] }
    })
  })
}
